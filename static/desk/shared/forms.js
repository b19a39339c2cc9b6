// For the desk's plain forms: Ctrl/Cmd+Enter sends, a double click sends once, and leaving the page with unsent text asks first.

const TWICE = 3_000; // milliseconds: a double click, not a second try
const changed = new Set();
const sent = new WeakMap(); // form -> when, and by which button
const fresh = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const { form } = event.target;
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button.main"));
});

document.addEventListener("input", ({ target: { form } }) => {
  if (!form?.hasAttribute("data-guard")) return;
  changed.add(form);
  // Changed after it was sent: another text, which needs another key.
  if (sent.delete(form)) form.elements.idempotency_key.value = fresh();
});

document.addEventListener("submit", (event) => {
  const { target: form, submitter: by } = event;
  const before = sent.get(form);
  if (before && before.by === by && Date.now() - before.at < TWICE) return event.preventDefault();
  sent.set(form, { at: Date.now(), by });
  changed.delete(form);
});

// The second click of a double click must not hit another control that has taken the place of the first.
let pressed = null;
document.addEventListener(
  "click",
  (event) => {
    const control = event.target.closest("a, button, summary");
    if (event.detail > 1 && control && control !== pressed) {
      event.preventDefault();
      event.stopPropagation();
    } else pressed = control;
  },
  true,
);

// Opens the details that hide an invalid field.
document.addEventListener(
  "invalid",
  ({ target }) => {
    for (let inside = target.closest("details"); inside; inside = inside.parentElement.closest("details"))
      inside.open = true;
  },
  true,
);

addEventListener("beforeunload", (event) => {
  // The composer's script removes the attribute: it keeps its text itself.
  if ([...changed].some((form) => form.hasAttribute("data-guard"))) event.preventDefault();
});

const apple = /Mac|iPhone|iPad/.test(navigator.platform);
if (apple) for (const key of document.querySelectorAll(".keys-hint kbd:first-child")) key.textContent = "⌘";
