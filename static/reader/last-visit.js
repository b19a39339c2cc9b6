// Marks what is new since the reader's last visit: a line in the feed, and the missed key events.
// The visits are stored on the device only, for the last 20 stories and for 30 days.

import { say } from "./live-blog.js";

const page = document.querySelector("live-blog");
const STORE = "liveblog",
  MOST = 20,
  DAYS = 30,
  DAY = 86_400_000;

/** `[[src, epoch, seq, day], …]`, the last visited first. Where storage is forbidden, every visit is the first. */
function visits() {
  try {
    const today = Math.floor(Date.now() / DAY);
    return JSON.parse(localStorage.getItem(STORE) ?? "[]").filter(([, , , day]) => today - day < DAYS);
  } catch {
    return [];
  }
}

const here = () => ["src", "epoch", "seq"].map((name) => page.getAttribute(name));

/** Stores the visit. A page that shows a part of the story, or holds updates back, does not count. */
function remember() {
  const part =
    ["show", "topic", "author", "order"].some((name) => page.hasAttribute(name)) ||
    page.querySelector("[data-end=top]");
  if (part || !page.querySelector(".new-updates").hidden) return;
  const [src, epoch, seq] = here();
  const others = visits().filter(([other]) => other !== src);
  const all = [[src, epoch, Number(seq), Math.floor(Date.now() / DAY)], ...others].slice(0, MOST);
  try {
    localStorage.setItem(STORE, JSON.stringify(all));
  } catch {}
}

/** Marks the first entry that was there before, and lists the key events since. */
function tell() {
  const [src, epoch] = here();
  const visit = visits().find((one) => one[0] === src && one[1] === epoch);
  if (!visit || page.getAttribute("order") === "oldest") return;
  const isNew = ({ dataset }) => Number(dataset.seq) > visit[2];
  const entries = [...page.querySelector("[role=feed]").children].filter(({ dataset }) => !("pinned" in dataset));
  const added = entries.filter(isNew).length;
  if (!added) return;
  const box = page.querySelector(".missed"),
    title = box.querySelector("h2");
  say(title, added);
  const old = entries.find((entry) => !isNew(entry));
  if (old) old.dataset.left = title.textContent;
  else if (page.querySelector("[data-end=bottom]")) title.textContent = title.textContent.replace(/\p{Nd}+/u, "$&+");
  const missed = [...page.querySelectorAll(".key-events > li")].filter(isNew);
  box.querySelector("ol").replaceChildren(...missed.map((item) => item.cloneNode(true)));
  box.hidden = false;
}

tell();
addEventListener("pagehide", remember);
document.addEventListener("visibilitychange", () => document.hidden && remember());
