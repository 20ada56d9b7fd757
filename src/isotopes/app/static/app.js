"use strict";
// The before/after handle: the later picture is cut off where the handle stands.
document.addEventListener("input", (event) => {
  const handle = event.target;
  if (handle.matches(".compare input[type=range]")) {
    const after = handle.parentElement.querySelector(".after");
    after.style.clipPath = `inset(0 0 0 ${handle.value}%)`;
  }
  if (handle.matches("[data-strength]")) {
    // Rough, and only a hint: length and variety. The server has the last word.
    const variety = new Set(handle.value).size;
    const score = handle.value.length + variety;
    const word = score < 20 ? "weak" : score < 32 ? "fair" : "strong";
    const shown = handle.closest("form").querySelector(".strength");
    shown.textContent = handle.value ? handle.dataset[word] : "";
  }
});
