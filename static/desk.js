// Small help for the desk's plain forms: Ctrl/Cmd+Enter sends, nothing is sent twice, nothing typed is left by mistake.

const TWICE = 3_000; // a double click, not a second try
const changed = new Set();
const sent = new Map(); // form -> when
const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

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
  // Changed after it was sent (and come back to): another text, so another attempt.
  if (sent.delete(form)) form.elements.idempotency_key.value = fresh();
});

document.addEventListener("submit", (event) => {
  const { target: form } = event;
  if (Date.now() - (sent.get(form) ?? 0) < TWICE) return event.preventDefault();
  sent.set(form, Date.now());
  changed.delete(form);
});

addEventListener("beforeunload", (event) => {
  if (changed.size) event.preventDefault();
});

const apple = /Mac|iPhone|iPad/.test(navigator.platform);
if (apple) for (const key of document.querySelectorAll(".keys-hint kbd:first-child")) key.textContent = "⌘";
