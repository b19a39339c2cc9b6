// The writer's other drafts of this story, below the composer.
import { button } from "./dialogs.js";
import { discard } from "./drafts.js";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

export class Shelf {
  #box;
  #whose;
  #take;

  /** `whose` is `{user, slug}`; `take(draft)` goes on with one. */
  constructor(box, whose, take) {
    [this.#box, this.#whose, this.#take] = [box, whose, take];
  }

  show(drafts) {
    this.#box.hidden = !drafts.length;
    this.#box.querySelector("summary").textContent = drafts.length === 1 ? "Another draft of yours" : `${drafts.length} other drafts of yours`;
    this.#box.querySelector("ul").replaceChildren(...drafts.map((one) => this.#line(one, drafts)));
  }

  #line(one, drafts) {
    const line = document.createElement("li");
    const edit = one.key.startsWith("new.") ? "" : "an edit, ";
    const text = Object.assign(document.createElement("span"), { dir: "auto", textContent: (one.fields.headline || one.fields.body || "Pictures").replace(/\s+/g, " ").slice(0, 80) });
    const at = Object.assign(document.createElement("small"), { textContent: `${edit}${clock.format(new Date(one.at))}` });
    const off = button("Discard", async () => {
      await discard(this.#whose, one);
      this.show(drafts.filter((other) => other !== one));
    });
    line.append(text, at, button("Go on with it", () => this.#take(one)), off);
    return line;
  }
}
