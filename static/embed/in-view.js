// What the host shows of the widget's frame: told by the loader, and without one seen by the browser.
// The counter of new updates and the story's bar stay in sight.

import { show, view } from "../reader/view.js";

const STEPS = Array.from({ length: 101 }, (_, step) => step / 100);
const isPart = ({ top, bottom }) => Number.isFinite(top) && Number.isFinite(bottom);
let told = false;
let passed = false; // the frame's top went out of sight, so the reader has been further down

addEventListener("message", ({ source, data }) => {
  if (source !== parent || data?.type !== "liveblog:view" || !isPart(data)) return;
  told = true;
  // The loader keeps the frame as tall as its content: a scroll bar would only flash.
  if (data.sized) document.documentElement.style.overflow = "hidden";
  show({ top: data.top, bottom: data.bottom }, data.sized === true);
});

new IntersectionObserver(
  ([{ isIntersecting, intersectionRect: part }]) => {
    if (told) return;
    if (isIntersecting) passed = part.top > 0;
    show(isIntersecting ? part : passed ? { top: innerHeight, bottom: innerHeight } : { top: 0, bottom: 0 });
  },
  { threshold: STEPS },
).observe(document.body);

/** Where the frame's top is out of sight, they stand at the first pixel that is in sight. */
function place() {
  for (const one of document.querySelectorAll(".new, .story-bar")) {
    one.style.transform = "";
    const by = view.top - one.getBoundingClientRect().top;
    const most = one.parentElement.getBoundingClientRect().bottom - view.top - 80;
    if (view.top > 0 && by > 0 && most > 0) one.style.transform = `translateY(${by}px)`;
  }
}
for (const event of ["liveblog:view", "scroll", "resize"]) addEventListener(event, place, { passive: true });
document.addEventListener("liveblog:event", place);
