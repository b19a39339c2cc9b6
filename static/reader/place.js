// The reader's place, kept with the page in the browser's history: Back and a reload lead to the same update, also where
// others came above it, and where it was on a page of older ones.

import { scroll } from "./view.js";

const REST = 200; // milliseconds without scrolling

/** Keeps the place. `seek(id)` loads the page around an update that is not on this one. */
export function place(feed, seek) {
  let timer;
  history.scrollRestoration = "manual"; // the browser counts pixels

  function save() {
    clearTimeout(timer);
    const read = feed.getBoundingClientRect().top < 0; // at the top of the page, the newest are wanted
    const entry = read && [...feed.children].find((one) => one.getBoundingClientRect().bottom > 0);
    const top = entry ? entry.getBoundingClientRect().top : scrollY;
    history.replaceState({ place: { id: entry && entry.id, top } }, "");
  }

  /** Loads another choice of updates at the same place: a page that is loaded anew keeps its state. */
  function go(url) {
    clearTimeout(timer);
    history.pushState({ place: { top: scrollY } }, "", url);
    location.reload();
  }

  function restore() {
    const { id, top } = history.state?.place ?? {};
    if (top === undefined) return;
    const entry = id && document.getElementById(id);
    if (entry) scroll(entry.getBoundingClientRect().top - top);
    else if (id) seek(id);
    else scrollTo({ top, behavior: "instant" });
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
}
