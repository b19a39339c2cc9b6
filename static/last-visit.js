// What is new since the reader was here last: a line in the feed, and the key events missed. Kept on the device.

const name = (page) => `liveblog:${page.getAttribute("src")}`;

/** What was shown by now. Where storage is forbidden, every visit is the first. */
export function remember(page) {
  try {
    localStorage.setItem(name(page), `${page.getAttribute("epoch")} ${page.getAttribute("seq")}`);
  } catch {}
}

function before(page) {
  try {
    const [epoch, seq] = (localStorage.getItem(name(page)) ?? "").split(" ");
    return epoch === page.getAttribute("epoch") ? Number(seq) : null;
  } catch {
    return null;
  }
}

/** Marks the first entry that was there before; `say` writes a number of updates into an element. */
export function sinceLast(page, say) {
  const last = before(page);
  const box = page.querySelector(".missed");
  if (last === null || page.getAttribute("order") === "oldest") return;
  const isNew = ({ dataset }) => Number(dataset.seq) > last;
  const entries = [...page.querySelector("[role=feed]").children].filter(({ dataset }) => !("pinned" in dataset));
  const added = entries.filter(isNew).length;
  if (!added) return;
  const title = box.querySelector("h2");
  say(title, added);
  const old = entries.find((entry) => !isNew(entry));
  if (old) old.dataset.left = title.textContent;
  else if (page.querySelector("[data-end=bottom]")) title.textContent = title.textContent.replace(/\p{Nd}+/u, "$&+");
  const missed = [...page.querySelectorAll(".key-events > li")].filter(isNew);
  box.querySelector("ol").replaceChildren(...missed.map((item) => item.cloneNode(true)));
  box.hidden = false;
}
