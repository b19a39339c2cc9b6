// The widget stays small: it shows the newest updates, as many as its address asks for, and at most two screens of them.
// What it holds beyond that, and then what the server has, comes with "More updates".

import { Bounded } from "./bounded.js";

const blog = document.querySelector("live-blog");
const feed = blog.querySelector("[role=feed]");
const limit = Number(blog.getAttribute("limit"));
const ascending = blog.getAttribute("order") === "oldest";
const bounded = new Bounded(document.body, feed, document.querySelector("template[data-rest]"));
let shown = limit;

const more = () => blog.querySelector(".updates > [data-end=bottom]");

/** Shows what may be shown, and hides the rest. The same again changes nothing. */
function fit() {
  bounded.cut();
  if (!ascending) {
    [...feed.children].forEach((entry, place) => {
      entry.hidden = place >= shown;
    });
    offer();
    bounded.fit(offer);
  }
  // At once: out of sight a frame draws nothing, so nothing would see its new height.
  dispatchEvent(new CustomEvent("liveblog:moved", { detail: 0 }));
}

/** Where updates are hidden and nothing is left to load, the button is put in for them. */
function offer() {
  const link = more();
  if (bounded.hidden && !link) {
    const own = blog.querySelector("[data-onward]").content.firstElementChild.cloneNode(true);
    own.href = blog.getAttribute("src");
    own.dataset.end = "bottom";
    own.dataset.held = own.href; // where the list puts its own address, it is no longer ours
    blog.querySelector(".empty").after(own);
  } else if (!bounded.hidden && link?.dataset.held === link?.href && link) link.remove();
}

document.addEventListener(
  "click",
  (event) => {
    const target = event.target.closest?.(".rest, [data-end=bottom]");
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (target.matches(".rest")) {
      bounded.open(target);
      return fit();
    }
    const first = bounded.hidden;
    bounded.asked = true;
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
addEventListener("liveblog:changed", () => bounded.cut());
document.addEventListener("load", fit, true);
addEventListener("resize", fit);
fit();
