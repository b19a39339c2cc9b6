// The reader's place, kept with the page in the browser's history: Back and a reload lead to the same update, also where
// others came above it, and where it was on a page of older ones.

import { scroll, view } from "../view.js";

const REST = 200; // milliseconds without scrolling

/** Keeps the place. `seek(id)` loads the page around an update that is not on this one. */
view.place = (feed, seek) => {
  let timer;
  history.scrollRestoration = "manual"; // the browser counts pixels

  /** Of the update at the top of the screen; above the feed, where the newest are wanted, of the feed. */
  function save() {
    clearTimeout(timer);
    const read = feed.getBoundingClientRect().top < 0;
    const entry = read && [...feed.children].find((one) => one.getBoundingClientRect().bottom > 0);
    history.replaceState({ place: [entry?.id, (entry || feed).getBoundingClientRect().top] }, "");
  }

  /** Loads another choice of updates, with the choices at the same place: a page that is loaded anew keeps its state. */
  function go(url) {
    clearTimeout(timer);
    const { id } = feed.parentElement;
    history.pushState({ place: [id, feed.parentElement.getBoundingClientRect().top] }, "", url);
    location.reload();
  }

  function restore() {
    const [id, top] = history.state?.place ?? [];
    const there = id ? document.getElementById(id) : feed;
    if (there) scroll(there.getBoundingClientRect().top - (top ?? there.getBoundingClientRect().top));
    else seek(id);
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
