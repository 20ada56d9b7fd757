"use strict";

// Before and after: the later picture is cut off where the handle stands.
document.addEventListener("input", (event) => {
  const handle = event.target;
  if (handle.matches(".handle")) {
    const after = handle.closest(".look").querySelector(".after");
    after.style.clipPath = `inset(0 0 0 ${handle.value}%)`;
  }
});

// When a part of the page is replaced, people who work by keyboard or by ear must not lose their
// place: the focus goes to what they asked for, and never back to the top of the page.
const held = new WeakMap(); // answers whose part of the page held the focus until they came
const focus = (element) => {
  if (element.tabIndex < 0) element.tabIndex = -1;
  element.focus();
};
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  held.set(detail.xhr, detail.target.contains(document.activeElement));
});
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const wanted = detail.elt.matches("[data-focus]") ? detail.elt : detail.elt.querySelector("[data-focus]");
  if (wanted && detail.requestConfig.triggeringEvent) focus(wanted);
  else if (held.get(detail.xhr) && document.activeElement === document.body) focus(detail.elt);
  speak();
});

// How far the work is: for screen readers in steps, in one place that stays; and in the tab's title.
const speak = () => {
  const found = document.querySelector("[data-say]");
  if (!found) return;
  const said = document.getElementById("said");
  if (said.textContent !== found.dataset.say) said.textContent = found.dataset.say;
  document.title = found.dataset.title;
};

// The application was ended, or the computer slept: say so until it answers again.
const lose = (is) => { document.getElementById("lost").hidden = !is; };
document.addEventListener("htmx:sendError", () => lose(true));
document.addEventListener("htmx:afterOnLoad", () => lose(false));

// A second press of a button must not begin the same work twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
