// The rich text editor above the Markdown field, if the editor was built. A button switches to Markdown. The field always holds
// the text: drafts, sending and merging use the field.
import { button, dialog } from "../shared/dialogs.js";
import { labelled } from "../shared/request.js";
import { addressed } from "./embed-codes.js";

const MODE = "liveblog-desk-editor"; // "markdown" if the user chose it
const TOOLS = [
  ["strong", "B", "Bold"],
  ["em", "I", "Italic"],
  ["link", "Link", "Link"],
  ["quote", "“ ”", "Quotation"],
  ["list", "• List", "List"],
  ["heading", "H", "Heading"],
];
const LONG = 8_000; // characters: a longer text is not written into the field with every key

export class Rich {
  #editor = null;
  #kept = null; // the editor while the field is shown: it has the undo history
  #module;
  #area;
  #place;
  #tools;
  #on;
  #timer = 0;
  #heard = false;

  constructor(area, place, tools, on) {
    [this.#area, this.#place, this.#tools, this.#on] = [area, place, tools, on];
  }

  async load(url) {
    this.#module = await import(url);
    this.#toolbar();
    this.#tools.hidden = false;
    this.#area.addEventListener("input", () => this.#heard || this.#editor?.set(this.#area.value));
    this.#area.labels[0].addEventListener("click", (event) => {
      if (!this.#editor) return;
      event.preventDefault();
      this.#editor.focus();
    });
    this.#area.addEventListener("invalid", (event) => {
      if (!this.#editor) return;
      event.preventDefault();
      this.#on.missing();
    });
    if (localStorage.getItem(MODE) !== "markdown") this.#begin();
    this.#mark();
  }

  /** jsdiff's comparison of two lists, if the editor was built. */
  get differ() {
    return this.#module?.differ;
  }

  get surface() {
    const editor = this.#editor;
    return editor && Object.assign(editor, { quote: () => editor.on("quote") || editor.run("quote") });
  }

  /** A script has changed the field. With `undone`, Ctrl+Z restores the previous text. */
  refresh(undone = false) {
    this.#editor?.set(this.#area.value, undone);
    if (!undone) this.#forget();
  }

  /** Shows the errors of the field at the editor, too. */
  tell() {
    const element = this.#editor?.element;
    if (!element) return;
    const wrong = this.#area
      .getAttribute("aria-describedby")
      ?.split(" ")
      .find((id) => document.getElementById(id)?.matches(".wrong"));
    for (const [name, value] of [
      ["aria-invalid", this.#area.getAttribute("aria-invalid")],
      ["aria-describedby", wrong],
    ]) {
      if (value) element.setAttribute(name, value);
      else element.removeAttribute(name);
    }
  }

  focus() {
    (this.#editor ?? this.#area).focus();
  }

  /** Writes the editor's text into the field. */
  flush() {
    clearTimeout(this.#timer);
    if (!this.#editor) return;
    const { value } = this.#editor;
    if (value === this.#area.value) return;
    this.#area.value = value;
    this.#heard = true;
    this.#area.dispatchEvent(new Event("input", { bubbles: true }));
    this.#heard = false;
  }

  #begin() {
    const focused = document.activeElement === this.#area;
    this.#place.hidden = false;
    if (this.#kept) {
      [this.#editor, this.#kept] = [this.#kept, null];
      if (this.#editor.value !== this.#area.value) this.#editor.set(this.#area.value, true, this.#area.selectionEnd);
    } else this.#mount();
    this.#area.classList.add("under");
    this.#area.tabIndex = -1;
    this.tell();
    if (focused) this.#editor.focus();
  }

  #mount() {
    this.#editor = this.#module.mount(this.#place, {
      value: this.#area.value,
      caret: this.#area.selectionEnd,
      attributes: {
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": "Text",
        "aria-required": "true",
        "aria-autocomplete": "list",
        "aria-haspopup": "listbox",
        dir: document.querySelector("[data-direction]")?.dataset.direction ?? "auto",
        spellcheck: "true",
      },
      changed: () => {
        clearTimeout(this.#timer);
        if (this.#area.value.length > LONG) this.#timer = setTimeout(() => this.flush(), 150);
        else this.flush();
      },
      selected: () => {
        this.#mark();
        if (this.#editor) this.#on.look(this.surface);
      },
      addressed,
      pasted: (event) => this.#on.pasted(event),
      left: (count) => this.#on.left(count),
      keydown: (event) => {
        if (this.#on.key(event)) return true;
        if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
          event.preventDefault();
          this.#link();
          return true;
        }
        return false;
      },
    });
    const editor = this.#editor;
    editor.element.addEventListener("desk:back", () => editor.focus());
  }

  #end() {
    this.flush();
    [this.#editor, this.#kept] = [null, this.#editor];
    this.#place.hidden = true;
    this.#area.classList.remove("under");
    this.#area.removeAttribute("tabindex");
  }

  #forget() {
    this.#kept?.destroy();
    this.#kept = null;
  }

  /** One stop for Tab, arrows within (https://www.w3.org/WAI/ARIA/apg/patterns/toolbar/). */
  #toolbar() {
    const tools = TOOLS.map(([name, sign, title]) => {
      const tool = button(sign, () => (name === "link" ? this.#link() : this.#editor.run(name)));
      tool.dataset.tool = name;
      tool.title = title;
      tool.setAttribute("aria-label", title);
      tool.addEventListener("pointerdown", (event) => event.preventDefault()); // the text keeps its selection
      return tool;
    });
    const markdown = button("Markdown", () => {
      if (this.#editor) this.#end();
      else this.#begin();
      localStorage.setItem(MODE, this.#editor ? "rich" : "markdown");
      this.#mark();
      this.focus();
    });
    markdown.dataset.tool = "markdown";
    this.#tools.append(...tools, markdown);
    const all = [...this.#tools.children];
    all.forEach((tool, index) => (tool.tabIndex = index ? -1 : 0));
    this.#tools.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const usable = all.filter((tool) => !tool.hidden);
      const next = usable[(usable.indexOf(document.activeElement) + step + usable.length) % usable.length];
      all.forEach((tool) => (tool.tabIndex = tool === next ? 0 : -1));
      next.focus();
    });
  }

  #mark() {
    for (const tool of this.#tools.children) {
      const { tool: name } = tool.dataset;
      tool.setAttribute("aria-pressed", String(name === "markdown" ? !this.#editor : Boolean(this.#editor?.on(name))));
      tool.hidden = name !== "markdown" && !this.#editor;
    }
    if (![...this.#tools.children].some((tool) => tool.tabIndex === 0 && !tool.hidden)) {
      for (const tool of this.#tools.children)
        tool.tabIndex = tool.dataset.tool === (this.#editor ? "strong" : "markdown") ? 0 : -1;
    }
  }

  #link() {
    if (this.#editor.on("link")) return this.#editor.unlink();
    const { element, form, close } = dialog("A link");
    const url = Object.assign(document.createElement("input"), {
      id: "ask-href",
      type: "url",
      required: true,
      placeholder: "https://…",
      pattern: "(https?|mailto|tel):.*",
    });
    form.prepend(labelled("Address", url));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      close();
      this.#editor.link(url.value);
    });
    return element.showModal();
  }
}
