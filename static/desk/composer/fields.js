// The form's own fields, as they are kept, sent and taken up again; and at each what is wrong with it.
const KINDS = new Set(["hidden", "submit", "button", "file"]);

/** Changes the list of what describes a control. */
function described(control, change) {
  const ids = change(control.getAttribute("aria-describedby")?.split(" ") ?? []);
  if (ids.length) control.setAttribute("aria-describedby", ids.join(" "));
  else control.removeAttribute("aria-describedby");
}

export class Fields {
  #form;
  #named;

  constructor(form) {
    this.#form = form;
    this.#named = [...form.elements].filter(({ name, type }) => name && !KINDS.has(type));
  }

  has(field) {
    return this.#named.includes(field);
  }

  /** What stands in them, by name; "" for a box that is not ticked. */
  get values() {
    return this.#each((field) => (field.type === "checkbox" ? (field.checked ? field.value : "") : field.value));
  }

  /** What stood in them before anybody typed, or the browser put back what it remembered. */
  get first() {
    return this.#each((field) => {
      if (field.type === "checkbox") return field.defaultChecked ? field.value : "";
      if (field.options)
        return ([...field.options].find(({ defaultSelected }) => defaultSelected) ?? field.options[0]).value;
      return field.defaultValue;
    });
  }

  set values(values) {
    for (const [name, value] of Object.entries(this.shaped(values))) {
      const field = this.#form.elements[name];
      // What is offered follows from another field, which may come later.
      if (field.options && ![...field.options].some((option) => option.value === value))
        field.add(new Option(value, value));
      if (field.type === "checkbox") field.checked = value !== "";
      else if (field.value !== value) field.value = value;
    }
  }

  /** A new form's. */
  get blank() {
    return this.#each((field) => (field.type === "checkbox" ? "" : (field.options?.[0].value ?? "")));
  }

  /** As the form would send them. */
  get sendable() {
    return Object.fromEntries(Object.entries(this.values).filter(([, value]) => value !== ""));
  }

  /** Values from elsewhere as `values` gives them. */
  shaped(values) {
    return this.#each(({ name, type, value }) =>
      type === "checkbox" ? (values[name] ? value : "") : (values[name] ?? ""),
    );
  }

  #each(of) {
    // An edit has others than a new update.
    const there = this.#named.filter((field) => field.form && !field.matches(":disabled"));
    return Object.fromEntries(there.map((field) => [field.name, of(field)]));
  }

  /** Says at every field what is wrong with it; gives back the first of them. */
  wrong(errors) {
    for (const text of this.#form.querySelectorAll(".wrong[id]")) {
      for (const control of this.#form.querySelectorAll(`[aria-describedby~="${text.id}"]`))
        described(control, (ids) => ids.filter((id) => id !== text.id));
      text.remove();
    }
    for (const element of this.#form.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
    for (const { field, message } of errors) {
      const control = this.#form.elements[field];
      if (!control?.id) continue;
      control.setAttribute("aria-invalid", "true");
      const text = Object.assign(document.createElement("p"), {
        className: "wrong",
        textContent: message,
        id: `${control.id}-wrong`,
      });
      control.after(text);
      described(control, (ids) => [text.id, ...ids]);
      control.closest("details")?.setAttribute("open", "");
    }
    return errors.length ? this.#form.elements[errors[0].field] : null;
  }
}
