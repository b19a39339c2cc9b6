// Marks what is new since the reader's last visit: a line in the feed, and the missed key events.
// The visits are stored on the device only, for the last 20 stories and for 30 days.

import { say } from "./live-blog.js";

const page = document.querySelector("live-blog");
const STORE = "liveblog",
  MOST = 20,
  DAYS = 30,
  DAY = 86_400_000,
  LINE = 160; // characters of a text without a headline

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

/** The line of a key event on the page, as `_key_event.html` has it. */
function line(entry) {
  const item = document.createElement("li"),
    link = document.createElement("a"),
    title = document.createElement("span");
  const said = entry.querySelector("h2, .body > *, .body");
  Object.assign(item.dataset, { entry: entry.id });
  if (entry.dataset.verification) item.dataset.verification = entry.dataset.verification;
  link.href = entry.querySelector(".when a").href;
  link.dataset.jump = entry.id;
  title.className = "title";
  title.dir = said.dir || "auto";
  title.textContent = said.textContent.slice(0, LINE);
  link.append(entry.querySelector(".when time").cloneNode(true), title);
  item.append(link, ...[...entry.querySelectorAll(".marks .sure")].map((sign) => sign.cloneNode(true)));
  return item;
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
  const missed = entries.filter((entry) => isNew(entry) && "key" in entry.dataset);
  box.querySelector("ol").replaceChildren(...missed.map(line));
  box.hidden = false;
}

tell();
addEventListener("pagehide", remember);
document.addEventListener("visibilitychange", () => document.hidden && remember());
