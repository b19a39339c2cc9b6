// The widget stays small: it shows the newest updates, as many as its address asks for, and at most two screens of them.
// What it holds beyond that, and then what the server has, comes with "More updates".

import { view } from "../reader/view.js";

const blog = document.querySelector("live-blog");
const feed = blog.querySelector("[role=feed]");
const limit = Number(blog.getAttribute("limit"));
const ascending = blog.getAttribute("order") === "oldest";
const SCREENS = 2;
const SHARE = 0.45; // of that, for one update
const opened = new Set(); // ids of long updates that the reader has opened
const most = SCREENS * Math.max(480, Math.min(1000, screen.height));
let shown = limit;
let asked = false;

const more = () => blog.querySelector(".updates > [data-end=bottom]");
const height = () => document.body.getBoundingClientRect().height;

/** Shows what may be shown, and hides the rest. The same again changes nothing. */
function fit() {
  if (ascending) return;
  const entries = [...feed.children];
  cut();
  entries.forEach((entry, place) => {
    entry.hidden = place >= shown;
  });
  offer(entries);
  for (let last = entries.length - 1; !asked && last > 0 && height() > most; last -= 1) {
    if (!entries[last].hidden && entries[last].getBoundingClientRect().top < view.bottom) break; // it is being read
    entries[last].hidden = true;
    offer(entries);
  }
  // At once: out of sight a frame draws nothing, so nothing would see its new height.
  dispatchEvent(new CustomEvent("liveblog:moved", { detail: 0 }));
}

const cut = () => [...feed.children].forEach(clip);

/** A long update is cut, with a button for the rest. */
function clip(entry) {
  const tallest = most * SHARE;
  entry.classList.remove("clipped");
  const button = entry.querySelector(":scope > .rest");
  const what = entry.querySelector(".what");
  what.style.maxBlockSize = "";
  if (opened.has(entry.id) || what.getBoundingClientRect().height <= tallest) return void button?.remove();
  entry.classList.add("clipped");
  what.style.maxBlockSize = `${tallest}px`;
  if (!button) entry.append(document.querySelector("template[data-rest]").content.firstElementChild.cloneNode(true));
}

/** Where updates are hidden and nothing is left to load, the button is put in for them. */
function offer(entries) {
  const hidden = entries.some((entry) => entry.hidden);
  const link = more();
  if (hidden && !link) {
    const own = blog.querySelector("[data-onward]").content.firstElementChild.cloneNode(true);
    own.href = blog.getAttribute("src");
    own.dataset.end = "bottom";
    own.dataset.held = own.href; // where the list puts its own address, it is no longer ours
    blog.querySelector(".empty").after(own);
  } else if (!hidden && link?.dataset.held === link?.href && link) link.remove();
}

document.addEventListener(
  "click",
  (event) => {
    const target = event.target.closest?.(".rest, [data-end=bottom]");
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (target.matches(".rest")) {
      const entry = target.closest("article");
      opened.add(entry.id);
      fit();
      entry.focus({ preventScroll: true });
      return;
    }
    const first = [...feed.children].find((entry) => entry.hidden);
    asked = true;
    shown = Math.max(shown, [...feed.children].filter((entry) => !entry.hidden).length) + limit;
    if (first) {
      event.preventDefault();
      event.stopPropagation(); // nothing is loaded yet
    }
    fit();
    first?.focus({ preventScroll: true });
  },
  true,
);

new MutationObserver(fit).observe(feed, { childList: true });
document.addEventListener("liveblog:event", fit);
addEventListener("liveblog:changed", cut);
document.addEventListener("load", fit, true);
addEventListener("resize", fit);
fit();
