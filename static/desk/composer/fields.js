// The fields of the form: reads and sets their values, and shows the errors of each.
const KINDS = new Set(["hidden", "submit", "button", "file"]);

/** Changes the ids in `aria-describedby` of a control. */
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

  /** Their values by name; "" for a checkbox that is not checked. */
  get values() {
    return this.#each((field) => (field.type === "checkbox" ? (field.checked ? field.value : "") : field.value));
  }

  /** Their values in the HTML, before anybody typed and before the browser restored any. */
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
      // The options may depend on a field that is set later.
      if (field.options && ![...field.options].some((option) => option.value === value))
        field.add(new Option(value, value));
      if (field.type === "checkbox") field.checked = value !== "";
      else if (field.value !== value) field.value = value;
    }
  }

  /** The values of an empty form. */
  get blank() {
    return this.#each((field) => (field.type === "checkbox" ? "" : (field.options?.[0].value ?? "")));
  }

  /** The values as the form sends them: empty ones left out. */
  get sendable() {
    return Object.fromEntries(Object.entries(this.values).filter(([, value]) => value !== ""));
  }

  /** Values from elsewhere in the shape of `values`. */
  shaped(values) {
    return this.#each(({ name, type, value }) =>
      type === "checkbox" ? (values[name] ? value : "") : (values[name] ?? ""),
    );
  }

  #each(of) {
    // An edit and a new update have different fields.
    const there = this.#named.filter((field) => field.form && !field.matches(":disabled"));
    return Object.fromEntries(there.map((field) => [field.name, of(field)]));
  }

  /** Shows the errors at their fields; returns the first of these. */
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
