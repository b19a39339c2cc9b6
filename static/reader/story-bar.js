// The bar at the top of the screen, once the headline has left it: the story's state and title, and the time of the entry in
// view. The button for new updates joins it (liveblog.css). It lies over the page, so that nothing moves.

import { spoken } from "./counter.js";
import { firstBelow, view } from "./view.js";

const LINE = 80; // pixels below the top: where an entry stands to which a link led

const blog = document.querySelector("live-blog");
const bar = blog.querySelector(".story-bar");
const feed = blog.querySelector("[role=feed]");
const button = blog.querySelector(".new-updates");
const locale = spoken === "en" ? "en-GB" : `${spoken}-u-nu-latn`;
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });

/** Writes only what differs: the same text again would make the browser lay out anew. */
function write(name, text) {
  const part = bar.querySelector(name);
  if (part.textContent !== text) part.textContent = text;
}

/** The entry that is being read: the first one that reaches below the line. */
const inView = () => firstBelow(feed, view.top + LINE);

function draw() {
  const title = blog.querySelector("h1");
  const on = title.getBoundingClientRect().bottom <= view.top;
  if (on !== blog.hasAttribute("data-bar")) blog.toggleAttribute("data-bar", on);
  if (!on) return;
  write(".state", blog.querySelector(".story .badge").textContent);
  write(".title", title.textContent);
  bar.querySelector(".title").dir = title.dir;
  const at = inView()?.dataset.publishedAt;
  const then = at && new Date(at);
  write(".at b", at ? clock.format(then) : "");
  write(".at small", at && day.format(then) !== day.format(Date.now()) ? day.format(then) : "");
}

for (const event of ["scroll", "resize", "liveblog:view", "liveblog:changed"])
  addEventListener(event, draw, { passive: true });
document.addEventListener("liveblog:event", draw);
new ResizeObserver(() => blog.style.setProperty("--pill", `${button.offsetWidth}px`)).observe(button);
draw();

/** The time line opens over the page; without its script the link leads to a page of its own. */
blog.addEventListener("click", (event) => {
  const link = event.target.closest("[data-hours]");
  if (!link || !HTMLElement.prototype.showPopover || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  import("./later/timeline.js").then(
    ({ open }) => open(link.href, inView()),
    () => location.assign(link.href),
  );
});
