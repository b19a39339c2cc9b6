// Keeps the widget and the element small: long updates are cut, and together they take two screens at most, until the
// reader asks for more.

import { view } from "../reader/view.js";

const SCREENS = 2;
const SHARE = 0.35; // of that, for one update: one that begins at the end of the first screen fits, too
const most = SCREENS * Math.max(480, Math.min(1000, screen.height));

export class Bounded {
  #whole;
  #feed;
  #rest;
  #opened = new Set(); // ids of long updates that the reader has opened

  asked = false; // for more: then the height is the reader's choice

  /** `whole` is the element whose height is bounded, `rest` the template of the button for the rest of a long update. */
  constructor(whole, feed, rest) {
    this.#whole = whole;
    this.#feed = feed;
    this.#rest = rest;
  }

  get hidden() {
    return [...this.#feed.children].find((entry) => entry.hidden);
  }

  /** Cuts long updates. The same again changes nothing. */
  cut() {
    for (const entry of this.#feed.children) this.#cut(entry);
  }

  #cut(entry) {
    const what = entry.querySelector(".what");
    const tallest = most * SHARE;
    const cut = !this.#opened.has(entry.id) && what.scrollHeight > tallest;
    entry.classList.toggle("clipped", cut);
    what.style.maxBlockSize = cut ? `${tallest}px` : "";
    const button = entry.querySelector(":scope > .rest");
    if (!cut) button?.remove();
    else if (!button) entry.append(this.#rest.content.firstElementChild.cloneNode(true));
  }

  /** Hides updates from the last one on, until the rest fits; none that is being read. `changed` is called after each. */
  fit(changed) {
    this.#whole.dataset.fitted = ""; // from now on by measure; before by the stylesheet
    const tooTall = () => this.#whole.getBoundingClientRect().height > most;
    const entries = [...this.#feed.children];
    for (let last = entries.length - 1; !this.asked && last > 0 && tooTall(); last -= 1) {
      if (!entries[last].hidden && entries[last].getBoundingClientRect().top < view.bottom) break;
      entries[last].hidden = true;
      changed();
    }
  }

  /** Shows all of the update that a button for the rest stands in. */
  open(button) {
    const entry = button.closest("article");
    this.#opened.add(entry.id);
    this.#cut(entry);
    entry.focus({ preventScroll: true });
  }
}
