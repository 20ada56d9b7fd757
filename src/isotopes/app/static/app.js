"use strict";
// The before/after handle: the later picture is cut off where the handle stands.
document.addEventListener("input", (event) => {
  const handle = event.target;
  if (handle.matches(".handle")) {
    const after = handle.closest(".look").querySelector(".after");
    after.style.clipPath = `inset(0 0 0 ${handle.value}%)`;
  }
});
