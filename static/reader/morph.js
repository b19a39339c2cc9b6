// Changes a page without disturbing the reader: the selection, the focus, scroll positions, open details and playing media stay.

/** Puts `item` into the list at its place by `order`. An `old` element is changed into `item` instead, and stays. */
export function place(list, item, old, order) {
  const next = [...list.children].find((other) => other !== old && order(item.dataset, other.dataset) < 0) ?? null;
  if (!old) return void list.insertBefore(item, next);
  const { activeElement: focused } = document,
    within = old.contains(focused);
  become(old, item);
  if (old.nextElementSibling !== next) {
    const selection = getSelection(),
      { anchorNode, anchorOffset, focusNode, focusOffset } = selection;
    (list.moveBefore ?? list.insertBefore).call(list, old, next);
    if (old.contains(anchorNode)) selection.setBaseAndExtent(anchorNode, anchorOffset, focusNode, focusOffset);
  }
  if (within && focused !== document.activeElement)
    (old.contains(focused) ? focused : old).focus({ preventScroll: true });
}

/** Changes `old` into `item`. A frame that the reader has loaded stays. */
export function become(old, item) {
  for (const button of item.querySelectorAll(".load")) {
    const frame = old.querySelector(`iframe[src="${CSS.escape(button.value)}"]`);
    if (frame) button.replaceWith(frame.cloneNode());
  }
  morph(old, item);
}

const OWN = /^(open|preload|data-(left|opens|chapter)|aria-.*set)/; // attributes that are the page's, not the entry's

/** Makes `old` the same as `now` by changing only what differs: a selection, the focus, and what is scrolled, opened or
 * playing stay. Takes what it needs out of `now`. */
export function morph(old, now) {
  if (old.nodeType !== 1) {
    let [from, to, end] = [0, old.data.length, now.data.length];
    while (from < to && from < end && old.data[from] === now.data[from]) from += 1;
    while (to > from && end > from && old.data[to - 1] === now.data[end - 1]) [to, end] = [to - 1, end - 1];
    if (to > from || end > from) old.replaceData(from, to - from, now.data.slice(from, end));
    return;
  }
  for (const name of old.getAttributeNames()) if (!OWN.test(name) && !now.hasAttribute(name)) old.removeAttribute(name);
  for (const name of now.getAttributeNames()) if (!OWN.test(name)) old.setAttribute(name, now.getAttribute(name));
  const rest = [...old.childNodes],
    coming = [...now.childNodes];
  const among = (nodes, one) => nodes.findIndex((node) => node.nodeType === 1 && node.isEqualNode(one));
  while (coming.length) {
    const next = coming.shift(),
      same = among(rest, next);
    if (same >= 0) for (const gone of rest.splice(0, same + 1).slice(0, -1)) gone.remove();
    else if (rest[0]?.nodeName === next.nodeName && among(coming, rest[0]) < 0) morph(rest.shift(), next);
    else old.insertBefore(next, rest[0] ?? null);
  }
  for (const gone of rest) gone.remove();
}
