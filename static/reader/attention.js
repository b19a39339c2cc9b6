// Whether somebody reads in the feed, so that nothing may move there: new updates then wait.

import { engaged, settle } from "./anchor.js";
import { view } from "./view.js";

const SHARE = 0.25; // of the screen: a feed that begins below that is not read yet
const framed = window.parent !== window;

export class Attention {
  #list;
  #touched = false;
  paused = false;
  given = null; // the entry that got the focus from us, not from the reader

  /** `changed` is called when the reader may have turned away. */
  constructor(list, changed) {
    this.#list = list;
    for (const moved of ["scroll", "liveblog:view"])
      addEventListener(
        moved,
        () => {
          if (!framed) settle(list.feed);
          changed();
        },
        { passive: true },
      );
    if (framed) return;
    for (const touch of ["touchstart", "touchend", "touchcancel"])
      list.feed.addEventListener(
        touch,
        ({ touches }) => {
          this.#touched = touches.length > 0;
          changed();
        },
        { passive: true },
      );
    document.addEventListener("selectionchange", changed);
    list.feed.addEventListener("focusout", () => setTimeout(changed));
  }

  /** Whether new updates wait: the page is being read, is paused, or is not looked at. */
  get busy() {
    if (document.hidden || this.paused) return true;
    const { top, bottom } = this.#list.feed.getBoundingClientRect();
    if (framed) return top < view.top;
    if (this.#touched || this.#engaged) return true;
    if (this.#list.ascending) return bottom > view.bottom && this.#list.feed.childElementCount > 0;
    return top < view.top || (scrollY > 0 && top < view.top + SHARE * innerHeight);
  }

  get #engaged() {
    const held = engaged(this.#list.feed);
    return held && (held !== this.given || !getSelection().isCollapsed);
  }
}
