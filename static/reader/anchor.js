// Keeps what is being read at its place on the screen while the page changes. The style sheet turns off the browsers' own way
// of doing this (`overflow-anchor`): one rule in every browser.

import { firstBelow, scroll, view } from "./view.js";

const LINE = 0.3; // of the screen: where people read
const own = window.parent === window; // a frame may be as tall as its content

/** What holds the reader in an entry: a selection, or the focus. */
export function engaged(feed) {
  const selection = document.getSelection();
  return [selection?.isCollapsed === false && selection.anchorNode, document.activeElement].find(
    (node) => node && node !== feed && feed.contains(node),
  );
}

/** The blocks of the visible entries with their places, the one that is read first. */
function visible(feed) {
  const { top, bottom } = view;
  const line = top + LINE * (Math.min(bottom, innerHeight) - top);
  const held = engaged(feed);
  const found = [];
  let entry = firstBelow(feed, top);
  for (; entry?.getBoundingClientRect().top < bottom; entry = entry.nextElementSibling) found.push(entry);
  return found
    .flatMap((entry) => [...entry.querySelectorAll(".what > *, .body > *"), entry])
    .map((node) => [node, node.getBoundingClientRect()])
    .filter(([, box]) => box.height && box.bottom > top && box.top < bottom)
    .map(([node, { top: above, bottom: below }]) => ({
      node,
      above,
      text: node.textContent,
      far: node.contains(held) ? -1 : Math.max(above - line, line - below, 0),
    }))
    .sort((a, b) => a.far - b.far);
}

let rest = 0; // the part of a pixel that a scroll has rounded away: those of many changes do not add up

/** Runs `change` and keeps the place of the text that is read, or of what comes after the feed if the reader is there. */
export function steady(feed, change) {
  const seen = visible(feed);
  const end = feed.getBoundingClientRect().bottom;
  const result = change();
  dispatchEvent(new Event("liveblog:changed")); // a widget cuts what is too long (embed/few.js)
  const stays = seen.filter(({ node }) => node.isConnected && node.getBoundingClientRect().height);
  const kept = stays.find(({ node, text }) => node.textContent === text) ?? stays[0];
  const moved = () => {
    if (kept) return kept.node.getBoundingClientRect().top - kept.above + rest;
    return end <= view.top ? feed.getBoundingClientRect().bottom - end : 0;
  };
  const by = moved();
  if (by) scroll(by);
  if (own) {
    fill(feed, moved());
    rest = moved();
  }
  return result;
}

const size = (element, side) => Number.parseFloat(element.style[side]) || 0;

/** Where the page is too short to scroll that far, it gets empty room above or below the feed. */
function fill(feed, missing) {
  if (missing <= -1) feed.style.paddingTop = `${size(feed, "paddingTop") - missing}px`;
  else if (missing >= 1) {
    document.body.style.paddingBottom = `${size(document.body, "paddingBottom") + missing}px`;
    scroll(missing);
  }
}

/** Takes the empty room away again, as soon as nobody sees that. */
export function settle(feed) {
  const above = size(feed, "paddingTop"),
    below = size(document.body, "paddingBottom");
  if (above && scrollY >= above && feed.getBoundingClientRect().top + above <= 0) {
    feed.style.paddingTop = "";
    scroll(-above);
  }
  if (below && document.body.getBoundingClientRect().bottom - below >= innerHeight)
    document.body.style.paddingBottom = "";
}
