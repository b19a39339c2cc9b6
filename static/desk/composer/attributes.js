// The attributes of an update (labels, topics, credits, sources, place, times) as chips below its text. A button removes each.
// Credits and sources have a dialog.
import { button, dialog } from "../shared/dialogs.js";
import { ask, labelled } from "../shared/request.js";
import { drawMeaning, fieldText } from "../shared/times.js";

const ROLES = { text: "Text", photo: "Photo", video: "Video", translation: "Translation", editing: "Editing" };
const KINDS = {
  correspondent: "Correspondent",
  witness: "Witness",
  official: "Official",
  outlet: "News outlet",
  social: "Social media",
  document: "Document",
  imagery: "Imagery",
  poll: "Opinion poll",
};

const listed = (text) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
const lines = (text) =>
  text
    .split("\n")
    .map((one) => one.trim())
    .filter(Boolean);
const parts = (line) => line.split("|").map((part) => part.trim());

/** The fields that hold several values as text, by name: `[split, join, words of a chip]`. */
export const SEVERAL = {
  labels: [listed, (all) => all.join(", "), (one) => one],
  topics: [listed, (all) => all.join(", "), (one) => `#${one.replace(/^#/, "")}`],
  credits: [
    lines,
    (all) => all.join("\n"),
    (one) => `${ROLES[parts(one)[0]] ?? parts(one)[0]} ${parts(one)[1] || parts(one)[2] || ""}`,
  ],
  sources: [
    lines,
    (all) => all.join("\n"),
    (one) => `${KINDS[parts(one)[0]] ?? parts(one)[0]}: ${parts(one)[1] || ""}`,
  ],
};

export const zone = document.querySelector(".story-desk").dataset.timezone;

export class Attributes {
  #form;
  #list;
  #changed;
  #shown = "";

  constructor(form, list, changed) {
    [this.#form, this.#list, this.#changed] = [form, list, changed];
    this.show();
  }

  values(name) {
    return SEVERAL[name][0](this.#form.elements[name].value);
  }

  add(name, value) {
    const all = this.values(name);
    if (!all.some((one) => one.toLowerCase() === value.toLowerCase()))
      this.set(name, SEVERAL[name][1]([...all, value]));
  }

  toggle(name, value) {
    const all = this.values(name);
    const rest = all.filter((one) => one.toLowerCase() !== value.toLowerCase());
    this.set(name, SEVERAL[name][1](rest.length < all.length ? rest : [...all, value]));
  }

  set(name, value) {
    this.#form.elements[name].value = value;
    this.show();
    this.#changed();
  }

  show() {
    for (const input of this.#form.querySelectorAll("[data-zone]")) drawMeaning(input);
    const { elements } = this.#form;
    const single = [...elements].filter(({ name, dataset }) => dataset.chip && !SEVERAL[name]);
    const offset = ({ name }) => elements[`${name}_offset`]?.value;
    const of = JSON.stringify([
      ...Object.keys(SEVERAL).map((name) => elements[name].value),
      ...single.map((field) => [field.value, offset(field)]),
    ]);
    if (of === this.#shown) return; // keeps the chip that is being pressed
    this.#shown = of;
    const made = [];
    for (const name of Object.keys(SEVERAL)) {
      const [, joined, word] = SEVERAL[name];
      const all = this.values(name);
      all.forEach((one, index) =>
        made.push(this.#chip(name, word(one), () => this.set(name, joined(all.toSpliced(index, 1))))),
      );
    }
    for (const field of single) {
      const {
        name,
        value,
        dataset: { says },
      } = field;
      if (value)
        made.push(
          this.#chip(name, says ? `${says} ${fieldText(value, zone, offset(field))}` : value, () => this.set(name, "")),
        );
    }
    this.#list.replaceChildren(...made);
    this.#list.hidden = !made.length;
  }

  #chip(name, text, taken) {
    const item = document.createElement("li");
    const words = Object.assign(document.createElement("bdi"), { textContent: text });
    const off = button("", () => {
      const index = [...this.#list.children].indexOf(item);
      taken();
      (
        this.#list.children[Math.min(index, this.#list.children.length - 1)]?.querySelector("button") ??
        this.#form.querySelector("[data-add]")
      ).focus();
    });
    off.setAttribute("aria-label", `Remove the ${this.#form.elements[name].dataset.chip} ${text}`);
    item.append(words, off);
    item.dataset.of = name;
    return item;
  }

  credit(given = {}) {
    this.#ask(
      "A credit",
      "/api/contributors",
      ROLES,
      "role",
      [
        ["name", "Name", "", true],
        ["handle", "Handle", "@…"],
        ["url", "Address", "https://…"],
      ],
      given,
      "credits",
    );
  }

  source(given = {}) {
    this.#ask(
      "A source",
      "/api/sources",
      KINDS,
      "kind",
      [
        ["name", "Who or what", "", true],
        ["url", "Where it was said", "https://…"],
        ["quote", "What was said, as evidence", ""],
      ],
      given,
      "sources",
    );
  }

  #ask(title, book, kinds, first, rest, given, name) {
    const { element, form, close } = dialog(title);
    const kind = Object.assign(document.createElement("select"), { id: "ask-kind" });
    for (const [value, text] of Object.entries(kinds)) kind.append(new Option(text, value, value === given[first]));
    const inputs = rest.map(([field, , hint, required]) =>
      Object.assign(document.createElement("input"), {
        id: `ask-${field}`,
        required: Boolean(required),
        placeholder: hint,
        value: given[field] ?? "",
        autocomplete: "off",
        dir: "auto",
        type: field === "url" ? "url" : "text",
      }),
    );
    const known = Object.assign(document.createElement("datalist"), { id: "ask-known" });
    inputs[0].setAttribute("list", known.id);
    suggest(book, inputs[0], known, (found) => {
      if (found[first]) kind.value = found[first];
      rest.slice(1).forEach(([field], index) => (inputs[index + 1].value ||= found[field] ?? ""));
    });
    form.prepend(
      labelled(first === "role" ? "What they did" : "Kind", kind),
      ...rest.map(([, label], index) => labelled(label, inputs[index])),
      known,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const bare = (text) => text.replace(/[|\s]+/g, " ").trim();
      const said = inputs.map(({ value }, index) =>
        index === rest.length - 1 ? value.replace(/\s+/g, " ").trim() : bare(value),
      );
      while (said.length > 1 && !said.at(-1)) said.pop();
      this.add(name, [kind.value, ...said].join(" | "));
      close();
    });
    element.showModal();
    (given.name ? kind : inputs[0]).focus();
  }
}

/** The contributors or sources of the directory whose name begins with `letters`; `[]` if the server does not answer. */
export async function known(book, letters) {
  try {
    const { content } = await ask(`${book}?q=${encodeURIComponent(letters)}`, { quietly: true, patience: 3_000 });
    return content.contributors ?? content.sources;
  } catch {
    return [];
  }
}

function suggest(book, input, list, chosen) {
  let found = [];
  input.addEventListener("input", async () => {
    const one = found.find(({ name }) => name === input.value);
    if (one) return chosen(one);
    const letters = input.value.trim();
    if (letters.length < 2) return undefined;
    const answer = await known(book, letters);
    if (input.value.trim() !== letters) return undefined;
    found = answer;
    return list.replaceChildren(...found.map(({ name, handle }) => new Option(handle ?? "", name)));
  });
}
