// Who is at a story's desk, and who edits which entry. The server sends all of it with every change.

import { element, nameOf, short } from "./rows.js";

export class Presence {
  #here;
  #user;
  #edits;
  #say;
  #editing; // the id of the entry that this page edits, or null
  #me = null; // the id of this page among the open ones
  #members = []; // the open pages: `{id, user, name, role, entry, holds}`
  #held = false; // this page has the lock on its entry
  #taken = false; // another page has taken that lock over

  /** `here` is the path of the story's desk, `user` the id of the user, `edits` whether the user is an editor; `say` sends a
   * message to the server. */
  constructor({ here, user, edits, editing, say }) {
    [this.#here, this.#user, this.#edits, this.#editing, this.#say] = [here, user, edits, editing, say];
  }

  /** The server has given this page its id. */
  join(me) {
    this.#me = me;
  }

  /** The connection is lost: nobody knows who else is here. */
  leave() {
    this.update(this.#members.filter(({ id }) => id === this.#me));
  }

  update(members) {
    this.#members = members;
    const holds = Boolean(this.#editing && members.find(({ id }) => id === this.#me)?.holds);
    if (holds) this.#taken = false;
    else if (
      this.#held &&
      this.#editing &&
      members.some(({ entry, holds: theirs, id }) => theirs && entry === this.#editing && id !== this.#me)
    )
      this.#taken = true;
    this.#held = holds;
    this.draw();
  }

  /** Tells the server which entry this page edits; `takes` takes the lock over. */
  edit(entry, takes = false) {
    if (entry !== this.#editing) this.#held = this.#taken = false;
    this.#editing = entry;
    this.repeat(takes);
  }

  /** Tells the server again, after a new connection. */
  repeat(takes = false) {
    this.#say({ type: "editing", entry: this.#editing, take: takes });
  }

  draw() {
    this.#drawPeople();
    this.#drawLocks();
  }

  #drawPeople() {
    const list = document.querySelector("[data-who]");
    const people = new Map();
    for (const member of this.#members) people.set(member.user, [...(people.get(member.user) ?? []), member]);
    list.replaceChildren(
      ...[...people.values()].map((pages) => {
        const item = document.createElement("li"),
          text = document.createElement("span");
        item.append(element("i", [...pages[0].name][0]?.toUpperCase() ?? "?", { ariaHidden: "true" }), text);
        text.append(element("bdi", pages[0].user === this.#user ? `${pages[0].name} (you)` : pages[0].name));
        const entries = [...new Set(pages.map(({ entry }) => entry).filter(Boolean))];
        const doing = entries.map((id) => `editing “${short(nameOf(id)) || "an update"}”`);
        text.append(element("small", doing.join(", ") || pages[0].role));
        return item;
      }),
    );
  }

  #drawLocks() {
    const holders = new Map(this.#members.filter(({ holds }) => holds).map((member) => [member.entry, member]));
    for (const lock of document.querySelectorAll("[data-lock]")) {
      const id = lock.dataset.lock,
        holder = holders.get(id);
      const banner = lock.parentElement.classList.contains("work");
      if (!holder || holder.id === this.#me) {
        lock.hidden = true;
        delete lock.dataset.drawn;
        continue;
      }
      const lost = banner && this.#taken;
      const key = `${holder.id} ${lost}`;
      if (lock.dataset.drawn === key) continue;
      lock.dataset.drawn = key;
      lock.toggleAttribute("data-lost", lost);
      lock.hidden = false;
      const own = holder.user === this.#user;
      const words = element("span", "");
      words.append(
        element("bdi", own ? "You, in another window," : holder.name),
        lost
          ? `${own ? " have" : " has"} taken over. Your text is kept here; saving shows both versions.`
          : `${own ? " are" : " is"} editing${banner ? " this update." : ""}`,
      );
      if (!this.#edits && !banner) lock.replaceChildren(words);
      else if (banner) {
        const button = element("button", lost ? "Take it back" : "Take over", { type: "button" });
        button.addEventListener("click", () => this.edit(this.#editing, true));
        lock.replaceChildren(words, button);
      } else {
        lock.replaceChildren(words, element("a", "Take over", { href: `${this.#here}?edit=${id}&take=1#composer` }));
      }
    }
  }
}
