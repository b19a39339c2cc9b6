// The writer's other drafts of this story, below the composer.
import { button } from "../shared/dialogs.js";
import { moment } from "../shared/times.js";
import { discard } from "./draft.js";

export class DraftList {
  #box;
  #whose;
  #take;

  /** `whose` is `{user, slug}`; `take(draft)` continues a draft. */
  constructor(box, whose, take) {
    [this.#box, this.#whose, this.#take] = [box, whose, take];
  }

  show(drafts) {
    const list = this.#box.querySelector("ul"),
      focused = document.activeElement;
    const place = [...list.children].findIndex((line) => line.contains(focused));
    const discarded = place >= 0 && focused === list.children[place].lastElementChild;
    this.#box.hidden = !drafts.length;
    this.#box.querySelector("summary").textContent =
      ["", "Another draft of yours"][drafts.length] ?? `${drafts.length} other drafts of yours`;
    list.replaceChildren(...drafts.map((one) => this.#line(one, drafts)));
    if (place < 0) return;
    const next = discarded && list.children[Math.min(place, drafts.length - 1)]?.lastElementChild;
    (next || document.querySelector(".ProseMirror, #f-body")).focus();
  }

  #line(one, drafts) {
    const line = document.createElement("li");
    const edit = one.key.startsWith("new.") ? "" : "an edit, ";
    const text = Object.assign(document.createElement("span"), {
      dir: "auto",
      textContent: (one.fields.headline || one.fields.body || "Pictures").replace(/\s+/g, " ").slice(0, 80),
    });
    const at = Object.assign(document.createElement("small"), { textContent: `${edit}${moment(one.at)}` });
    const off = button("Discard", async () => {
      const newer = await discard(this.#whose, one); // changed elsewhere meanwhile
      this.show(drafts.flatMap((other) => (other !== one ? [other] : newer ? [newer] : [])));
    });
    line.append(
      text,
      at,
      button("Go on with it", () => this.#take(one)),
      off,
    );
    return line;
  }
}
