// The checkboxes of a story's lists, and the bulk actions for the selected entries.

const bulk = document.getElementById("bulk");
export const idOf = (value) => value.split("@")[0]; // the rest is the revision
export const picked = () => [...document.querySelectorAll(".pick input:checked")];
/** The box now stands for the revision on the page: see `settle()` in lists.js. */
export const seenNow = (box) => (box.value = box.dataset.now ?? box.value);
export function untick(box) {
  box.checked = box.defaultChecked = false;
  seenNow(box);
}
export const boxesOf = (link) => [...link.closest("section").querySelectorAll(".pick input")];

/** Shows the number of selected entries, and the actions that all of them allow. */
export function count() {
  if (!bulk) return;
  const boxes = picked(),
    { action } = bulk.elements;
  const states = new Set(boxes.map((box) => box.closest("[data-entry]").dataset.status));
  bulk.querySelector("[data-selected]").textContent = boxes.length || "";
  bulk.hidden = !document.querySelector(".pick input");
  for (const option of action.options) {
    const fit = option.dataset.for.split(" ");
    option.hidden = option.disabled = ![...states].every((state) => fit.includes(state));
  }
  if (action.selectedOptions[0]?.disabled)
    action.value = [...action.options].find(({ disabled }) => !disabled)?.value ?? "";
  for (const link of document.querySelectorAll("[data-all]")) {
    const those = boxesOf(link);
    link.parentElement.hidden = !those.length;
    link.textContent = those.length && those.every(({ checked }) => checked) ? "Select none" : "Select all";
  }
}
document.addEventListener("change", ({ target }) => {
  if (target.name !== "entry") return;
  seenNow(target);
  count();
});
bulk?.addEventListener("reset", () =>
  setTimeout(() => {
    for (const box of picked()) untick(box); // also those checked by the address
    count();
  }),
);
document.addEventListener("desk:lists", count);
addEventListener("pageshow", count); // the browser may have restored boxes
