// The preview, rendered by the server with the readers' template; and two versions of an entry beside each other.
import { button } from "../shared/dialogs.js";
import { markDifferences } from "../shared/diff.js";
import { ask } from "../shared/request.js";

const PAUSE = 300; // milliseconds without a key
const OPEN = "liveblog-desk-preview";

/** A rendered entry as an element. Its ids are removed: the published entry on the page has the same. */
export function rendered(html) {
  const box = document.createElement("div");
  box.className = "feed";
  const { language, direction } = document.querySelector(".story-desk").dataset;
  Object.assign(box, { lang: language, dir: direction });
  box.innerHTML = html; // made by the server's template, from sanitised Markdown
  for (const element of box.querySelectorAll("[id]")) element.removeAttribute("id");
  for (const element of box.querySelectorAll("article"))
    for (const name of ["tabindex", "aria-labelledby", "aria-describedby"]) element.removeAttribute(name);
  for (const link of box.querySelectorAll("a")) link.target = "_blank";
  return box;
}

export class Preview {
  #timer = 0;
  #turn = 0;

  constructor(place, { url, body }) {
    Object.assign(this, { place, url, body });
  }

  get on() {
    return !this.place.hidden;
  }

  /** `button` opens and closes the preview; the next page remembers it. */
  by(button) {
    button.addEventListener("click", () => {
      this.toggle(!this.on);
      button.setAttribute("aria-expanded", String(this.on));
      localStorage.setItem(OPEN, this.on ? "on" : "");
    });
    if (localStorage.getItem(OPEN)) button.click();
  }

  toggle(on) {
    this.place.hidden = !on;
    if (on) this.draw();
  }

  changed() {
    if (!this.on) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.draw(), PAUSE);
  }

  async draw() {
    const turn = (this.#turn += 1);
    const target = this.place.querySelector("[data-shown]");
    const body = this.body();
    if (!body.get("body")?.trim()) return target.replaceChildren();
    try {
      const { content } = await ask(this.url, { method: "POST", body, quietly: true });
      if (turn === this.#turn) target.replaceChildren(rendered(content.html));
    } catch (error) {
      if (turn === this.#turn)
        target.replaceChildren(
          Object.assign(document.createElement("p"), {
            className: "hint",
            textContent: error.said ? error.message : "The preview needs the network.",
          }),
        );
    }
    return undefined;
  }
}

/** Shows their version and the writer's beside each other. `said` lists who changed what. `clash` says that both changed the
 * same value, `texts` that they changed the same paragraphs. `take`, `keep` and `join` run on the answers. `differ` marks the
 * words that differ, if the editor was built.
 *
 * With a clash the focus is on "Keep mine": pressed by mistake, it loses no word of the writer, and their version stays in the
 * history. Two texts below each other would be sent twice. */
export function showConflict(place, { theirs, mine, differ, said: changes, clash, texts, take, keep, join }) {
  const side = (title, html, text) => {
    const section = document.createElement("section");
    section.className = "theirs";
    section.append(Object.assign(document.createElement("h3"), { textContent: title }));
    section.append(html ? rendered(html) : Object.assign(document.createElement("pre"), { textContent: text }));
    return section;
  };
  const box = Object.assign(document.createElement("div"), { className: "conflict" });
  const said = Object.assign(document.createElement("div"), { className: "notice bad" });
  said.setAttribute("role", "alert");
  said.innerHTML =
    "<p><b>Somebody else changed this update while you were writing.</b> Nothing is lost: both versions are here, and yours is in the form. <strong></strong></p>";
  said.querySelector("strong").textContent = theirs.became;
  const what = document.createElement("ul");
  what.append(...changes.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  const rest = "Every answer keeps the changes that only one of you made.";
  const meant = !clash
    ? ""
    : ` “Keep mine” and “Take theirs” decide where both of you changed ${texts ? "something; of the text, the same paragraphs. To merge these, put theirs below yours" : "something"}.`;
  said.append(what, Object.assign(document.createElement("p"), { textContent: rest + meant }));
  const pair = Object.assign(document.createElement("div"), { className: "versions" });
  pair.append(side("Theirs", theirs.html), side("Yours", mine.html, mine.text));
  if (differ) markDifferences(...[...pair.children].map((one) => one.lastChild), differ);
  const acts = Object.assign(document.createElement("p"), { className: "go" });
  const done = (act) => () => {
    box.remove();
    act();
  };
  acts.append(
    ...(clash
      ? [button("Keep mine", done(keep), "main"), button("Take theirs", done(take))]
      : [button("Put both together", done(join), "main")]),
    ...(texts ? [button("Put theirs below mine, to merge", done(join))] : []),
  );
  box.append(said, acts, pair); // above the texts, which may be long
  place.replaceChildren(box);
  acts.querySelector("button").focus({ preventScroll: true });
  box.scrollIntoView({ block: "start" }); // the question first
}
