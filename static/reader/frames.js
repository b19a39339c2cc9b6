// Loads a provider's frame when the reader presses its button, and not before.

addEventListener("click", ({ target }) => {
  const button = target.closest?.("button.load");
  if (!button) return;
  const frame = button.nextElementSibling.content.firstElementChild.cloneNode();
  button.replaceWith(frame);
  frame.focus();
});
