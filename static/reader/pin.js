// The pinned entry above the feed: a copy of its text. The entry itself stands in the feed, at its time.

import { become } from "./morph.js";

/** Shows `now`, the copy of entry `id`; where it is null, the entry is no longer pinned, and its copy goes. `place` holds the
 * one copy that there may be. */
export function pin(place, id, now) {
  const old = place.firstElementChild;
  const same = old && old.dataset.entry === id;
  if (same && now) become(old, now);
  else if (same) old.remove();
  else if (now) place.replaceChildren(now);
}

/** Takes over the pin of a page that was loaded now. */
export function replacePin(place, theirs) {
  const now = theirs.firstElementChild;
  pin(place, (now ?? place.firstElementChild)?.dataset.entry, now);
}
