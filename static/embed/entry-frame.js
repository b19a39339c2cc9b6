// One entry alone in a frame, kept as it is now. After its removal the server's page says so.

import { Connection } from "../reader/client.js";
import { parse } from "../reader/entry-list.js";
import { become } from "../reader/morph.js";
import { level } from "../reader/relative-time.js";
import "../reader/frames.js";

const SPREAD = 2_000; // not all frames load again at once
const feed = document.querySelector(".feed");
const { src, epoch, seq } = feed.dataset;
const entry = feed.firstElementChild;
let ended = feed.dataset.status === "ended";

const again = () => setTimeout(() => location.reload(), Math.random() * SPREAD);

const connection = new Connection(src, {
  epoch,
  after: Number(seq),
  onEvent({ id, kind, rev, html, status }) {
    if (kind === "story.updated") ended = status === "ended";
    if (id !== entry.id) return;
    if (kind === "entry.removed") {
      entry.remove();
      again();
    } else if (html && Number(entry.dataset.rev) < rev) become(entry, parse(html).querySelector("article"));
  },
  onReset() {
    again();
    return new Promise(() => {});
  },
  onLevel: () => ended && connection.stop(),
  onClock: level,
});

// After the end, too, something may have been taken down.
document.addEventListener("visibilitychange", () => document.hidden || connection.start());
addEventListener("pageshow", ({ persisted }) => persisted && connection.start());
if (!ended) connection.start();
