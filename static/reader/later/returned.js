// Fills the block about what changed since the reader left; loaded for those who come back.

/** Takes out of the server's `block` what the reader had not read, puts it on the page, and draws the line between the
 * `entries` that were there and the new ones. `words` says a number, `after` and `at` how far the reader had come, and when.
 * Returns whether the block tells of anything. */
export function fill(page, entries, block, reads, words, after, at) {
  const slot = page.querySelector(".since");
  for (const one of page.querySelectorAll("[data-left]")) delete one.dataset.left; // of an earlier return
  for (const row of block.querySelectorAll("[data-entry]")) {
    const { entry, rev } = row.dataset; // a key event has no revision
    if (rev ? !reads.before(entry, rev) : reads.entries.has(entry)) row.remove();
  }
  const count = Number(block.dataset.count);
  if (!count && !block.querySelector("[data-entry]")) return false;
  for (const time of block.querySelectorAll("time[data-read]")) {
    const [, read] = reads.entries.get(time.closest("[data-entry]")?.dataset.entry) ?? [0, at];
    time.dateTime = new Date(read).toISOString();
    time.dataset.time = "moment";
  }
  slot.dataset.publishedAt = new Date().toISOString(); // times of today have no date
  slot.replaceChildren(block);
  const oldest = page.getAttribute("order") === "oldest";
  const line = entries.findIndex(({ dataset }) => dataset.seq > after === oldest);
  if (line > 0) entries[line].querySelector(".what").dataset.left = words(slot, count);
  return true;
}
