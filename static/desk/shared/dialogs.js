// Dialogs with a form. Escape and Cancel close them; then the focus returns to where it was.

export function dialog(title, { label = "Add", closed = () => {} } = {}) {
  const element = document.createElement("dialog");
  element.className = "sheet ask";
  element.setAttribute("aria-labelledby", "ask-title");
  const heading = Object.assign(document.createElement("h2"), { id: "ask-title", textContent: title });
  const form = document.createElement("form");
  form.method = "dialog";
  const go = Object.assign(document.createElement("p"), { className: "go" });
  const cancel = button("Cancel", () => element.close());
  go.append(Object.assign(document.createElement("button"), { className: "main", textContent: label }), cancel);
  form.append(go);
  element.append(heading, form);
  document.body.append(element);
  const before = document.activeElement;
  element.addEventListener("close", () => {
    element.remove();
    closed();
    if (!before?.isConnected) return;
    before.focus();
    before.dispatchEvent(new Event("desk:back")); // an editor also puts its caret back
  });
  return { element, form, go, close: () => element.close() };
}

export function button(text, act, className = "") {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text, className });
  made.addEventListener("click", act);
  return made;
}

/** Asks a question with several answers `[value, label, className?]`; resolves to the chosen value, or to null. */
export function choose(title, text, answers) {
  return new Promise((resolve) => {
    let chosen = null;
    const { element, form, go } = dialog(title, { closed: () => resolve(chosen) });
    const said = document.createElement("p");
    said.textContent = text;
    form.prepend(said);
    go.replaceChildren(
      ...answers.map(([value, label, className = ""]) =>
        button(
          label,
          () => {
            chosen = value;
            element.close();
          },
          className,
        ),
      ),
    );
    element.showModal();
  });
}
