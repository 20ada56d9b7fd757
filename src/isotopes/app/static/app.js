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
// Only the looks at running work are given up after a while: other answers may take long.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.id === "state") detail.timeout = Number(document.body.dataset.patience);
});
document.addEventListener("htmx:timeout", () => lose(true));
document.addEventListener("htmx:sendError", () => lose(true));
document.addEventListener("htmx:afterOnLoad", () => lose(false));

// A second press of a button must not begin the same work twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

// Some files take seconds to prepare: say so, and say when the file is saved or why it isn't.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[download]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!link.dataset.busy) save(link);
});
const save = async (link) => {
  const { preparing, saved, lost } = document.body.dataset;
  link.dataset.busy = "yes";
  const bar = document.createElement("progress");
  bar.setAttribute("aria-label", preparing);
  tell(link, preparing, bar);
  try {
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
    if (answer.ok) {
      const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition"))[1];
      keep(await answer.blob(), name);
      tell(link, saved.replace("{name}", name));
    } else {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      tell(link, page.body.innerText.trim()).classList.add("problem");
    }
  } catch {
    tell(link, lost).classList.add("problem");
  }
  delete link.dataset.busy;
};
const keep = (file, name) => {
  const made = document.createElement("a");
  made.href = URL.createObjectURL(file);
  made.download = name;
  made.click();
  setTimeout(() => URL.revokeObjectURL(made.href), 60_000);
};
// One line below the link or its row of links; screen readers hear it from a place that stays.
const tell = (link, text, ...more) => {
  const row = link.closest("p");
  if (!row.nextElementSibling?.matches(".saving")) row.insertAdjacentHTML("afterend", "<p></p>");
  const state = row.nextElementSibling;
  state.className = "saving";
  state.replaceChildren(text, ...more);
  document.getElementById("said").textContent = text;
  return state;
};
