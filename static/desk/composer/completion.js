// Suggestions at the caret: `/command`, `#topic`, `@contributor`. A list box that the text field owns
// (https://www.w3.org/WAI/ARIA/apg/patterns/combobox/): arrows choose, Enter and Tab take, Escape closes; a finger taps.

const TRIGGER = /(?:^|\s)(?<word>(?<sign>[/#@])(?<letters>place [^\s][^\n]*|[\p{L}\p{M}\p{N}_.-]*))$/u;

export class Completion {
  #list = Object.assign(document.createElement("ul"), { id: "suggestions", className: "suggestions", hidden: true });
  #options = [];
  #at = 0;
  #surface = null;
  #word = "";
  #shut = ""; // the word for which Escape was pressed
  #told = 0; // the last number of suggestions that was announced
  #turn = 0;
  #find;
  #say;

  constructor(find, say) {
    [this.#find, this.#say] = [find, say];
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", "Suggestions");
    this.#list.tabIndex = 0; // it scrolls
    document.querySelector("main").append(this.#list);
    // The field keeps the focus.
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => {
      const option = target.closest("[role=option]");
      if (option) this.#take([...this.#list.children].indexOf(option));
    });
  }

  get open() {
    return !this.#list.hidden;
  }

  /** The text or the caret of a field has changed. */
  async look(surface) {
    const found = TRIGGER.exec(surface.before() ?? "")?.groups;
    if (!found || found.word === this.#shut) return this.close();
    this.#shut = "";
    // The list answers an earlier word. Until the new answer comes, a key takes only suggestions that fit both.
    if (found.word !== this.#word) this.#narrow(found);
    const turn = (this.#turn += 1);
    const options = await this.#find(found.sign, found.letters);
    if (turn !== this.#turn) return undefined;
    if (!options.length) return this.close();
    this.#surface = surface;
    this.#word = found.word;
    return this.#show(options);
  }

  /** Handles a key of the list; false for any other key. */
  key(event) {
    if (!this.open || event.ctrlKey || event.metaKey || event.isComposing) return false;
    const last = this.#options.length - 1;
    if (event.key === "ArrowDown") this.#mark(this.#at === last ? 0 : this.#at + 1);
    else if (event.key === "ArrowUp") this.#mark(this.#at === 0 ? last : this.#at - 1);
    else if (event.key === "Enter" || event.key === "Tab") this.#take(this.#at);
    else if (event.key === "Escape") {
      this.#shut = this.#word;
      this.close();
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  close() {
    this.#turn += 1;
    this.#told = 0;
    this.#hide();
  }

  #narrow({ word, letters }) {
    const left = this.open
      ? this.#options.filter(({ label, hint = "" }) => `${label} ${hint}`.toLowerCase().includes(letters.toLowerCase()))
      : [];
    this.#word = word;
    if (left.length) this.#show(left);
    else this.#hide();
  }

  #hide() {
    if (!this.open) return;
    this.#list.hidden = true;
    this.#surface.element.removeAttribute("aria-activedescendant");
    this.#surface.element.removeAttribute("aria-controls");
  }

  #show(options) {
    this.#options = options;
    this.#list.replaceChildren(
      ...options.map(({ label, hint = "" }, index) => {
        const option = Object.assign(document.createElement("li"), { id: `suggestion-${index}` });
        option.setAttribute("role", "option");
        option.append(
          Object.assign(document.createElement("bdi"), { textContent: label }),
          Object.assign(document.createElement("small"), { textContent: hint }),
        );
        return option;
      }),
    );
    this.#list.hidden = false;
    const { left, bottom, top } = this.#surface.caret();
    const { offsetWidth: width, offsetHeight: height } = this.#list;
    const under = bottom + height + 8 < innerHeight || top < height + 8;
    this.#list.style.insetInlineStart = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    this.#list.style.insetBlockStart = `${under ? bottom + 6 : top - height - 6}px`;
    this.#surface.element.setAttribute("aria-controls", this.#list.id);
    this.#mark(0);
    if (this.#told !== options.length)
      this.#say(`${options.length} ${options.length === 1 ? "suggestion" : "suggestions"}`);
    this.#told = options.length;
  }

  #mark(index) {
    this.#at = index;
    [...this.#list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    this.#surface.element.setAttribute("aria-activedescendant", `suggestion-${index}`);
    this.#list.children[index].scrollIntoView({ block: "nearest" });
  }

  #take(index) {
    const { run } = this.#options[index];
    const surface = this.#surface;
    // Read again: somebody may have typed on since the request.
    const word = TRIGGER.exec(surface.before() ?? "")?.groups.word ?? "";
    this.close();
    surface.replace(word.length, "");
    surface.focus();
    run(surface);
  }
}

/** A plain text area as a field for suggestions. */
export function plain(area) {
  return {
    element: area,
    before() {
      const { selectionStart: start, selectionEnd: end, value } = area;
      return start === end ? value.slice(value.lastIndexOf("\n", start - 1) + 1, start) : null;
    },
    replace(count, text) {
      area.setRangeText(text, area.selectionStart - count, area.selectionStart, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
    focus: () => area.focus(),
    caret() {
      const { left, bottom } = area.getBoundingClientRect();
      return { left, top: bottom - 20, bottom: bottom - 12 };
    },
    quote() {
      this.replace(0, "> ");
    },
  };
}
