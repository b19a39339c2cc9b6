// A provider's frame comes by the press of its button, and not before.

addEventListener("click", ({ target }) => {
  const button = target.closest?.("button.load");
  if (!button) return;
  const frame = button.nextElementSibling.content.firstElementChild.cloneNode();
  button.replaceWith(frame);
  frame.focus();
});
