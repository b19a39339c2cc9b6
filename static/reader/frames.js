// Loads a provider's frame when the reader presses its button, and not before.

addEventListener("click", ({ target }) => {
  const button = target.closest?.("button.load");
  if (!button) return;
  const frame = button.nextElementSibling.content.firstElementChild.cloneNode();
  // The widget is isolated (web/http/policy.py), and so is what it frames. A browser that cannot do that opens a tab.
  if (document.body.matches(".embed")) {
    if (!("credentialless" in frame))
      return void open(button.closest("figure").querySelector("a").href, "_blank", "noopener");
    frame.credentialless = true;
  }
  button.replaceWith(frame);
  frame.focus();
});
