// What is on the screen: of a page, what its window shows; of a frame, what its host shows of that.
// A frame may be as tall as its content. Then its own scroll position says nothing, and the host scrolls (embed/in-view.js).

const all = { top: 0, bottom: 1e9 }; // pixels
let shown = all;
let hosted = false;

export const view = {
  /** Keeps the reader's place in the history (place.js); a widget has none. */
  place: null,
  /** The first and the last pixel in sight, in the coordinates of `getBoundingClientRect`. */
  get top() {
    return Math.max(0, shown.top);
  },
  get bottom() {
    return Math.min(innerHeight, shown.bottom);
  },
};

/** The first element of a list that reaches below a line, or the last one. A widget hides those at the end. */
export function firstBelow(list, line) {
  let [low, high] = [0, list.children.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { bottom, height } = list.children[middle].getBoundingClientRect();
    if (bottom > line || !height) high = middle;
    else low = middle + 1;
  }
  const found = list.children[low];
  return found?.hidden ? found.previousElementSibling : found;
}

/** The host shows this part of the frame. `scrolls`: the host scrolls where the frame asks for it. */
export function show(part, scrolls = false) {
  shown = part;
  hosted = scrolls;
  dispatchEvent(new Event("liveblog:view"));
}

/** Scrolls by so many pixels, in the frame or in its host. */
export function scroll(by) {
  if (!hosted) return scrollBy({ top: by, behavior: "instant" });
  shown = { top: shown.top + by, bottom: shown.bottom + by }; // as the host will say
  dispatchEvent(new CustomEvent("liveblog:moved", { detail: by }));
}

const BAR = 60; // pixels that the story's bar covers, and some air: the page has them as scroll-padding

/** Brings the top of an element into sight, below the bar. */
export function reveal(element, behavior) {
  if (hosted) scroll(element.getBoundingClientRect().top - view.top - BAR);
  else element.scrollIntoView({ behavior });
}
