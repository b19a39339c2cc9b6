// The reader's place, kept with the page in the browser's history: Back and a reload lead to the same update, also where
// others came above it, and where it was on a page of older ones.

import { firstBelow, scroll, view } from "../view.js";

const REST = 200; // milliseconds without scrolling

/** Keeps the place. `seek("id,time")` loads the page around an update that is not on this one; the time tells where it was, if
 * it is gone. */
view.place = (feed, seek) => {
  let timer;
  history.scrollRestoration = "manual"; // the browser counts pixels

  /** Of the update at the top of the screen; above the feed, where the newest are wanted, of the feed. */
  function save() {
    clearTimeout(timer);
    const read = feed.getBoundingClientRect().top < 0;
    const entry = read && firstBelow(feed, 0);
    const { top } = (entry || feed).getBoundingClientRect();
    history.replaceState({ place: [entry?.id, top, entry?.dataset?.publishedAt] }, "");
  }

  /** Loads another choice of updates, with the choices at the same place: a page that is loaded anew keeps its state. */
  function go(url) {
    clearTimeout(timer);
    const updates = feed.parentElement;
    history.pushState({ place: [updates.id, updates.getBoundingClientRect().top] }, "", url);
    location.reload();
  }

  function restore() {
    const [id, top, at] = history.state?.place ?? [];
    const there = id ? document.getElementById(id) : feed;
    if (!there) return seek(`${id},${at}`);
    const now = there.getBoundingClientRect().top;
    scroll(now - (top ?? now));
  }

  addEventListener(
    "scroll",
    () => {
      clearTimeout(timer);
      timer = setTimeout(save, REST);
    },
    { passive: true },
  );
  document.addEventListener("click", save, true); // before a link is followed
  return { go, restore };
};
