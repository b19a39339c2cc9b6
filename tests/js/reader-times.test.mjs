import assert from "node:assert/strict";
import test from "node:test";
import { page } from "./page.mjs";

page("<html><body></body></html>");
const { level, times } = await import("../../static/reader/times.js");
const MINUTE = 60_000,
  HOUR = 60 * MINUTE;
const NOON = new Date();
NOON.setHours(12, 0, 0, 0); // the same day some hours before and after
level(NOON.toISOString());

/** What a time that is `ahead` (ms) says in a language, in its element. */
function shown(ahead, spoken = "en") {
  const at = new Date(NOON.getTime() + ahead).toISOString();
  document.body.innerHTML = `<p><time datetime="${at}" data-time="until">a date</time></p>`;
  const { upgrade } = times(spoken);
  upgrade(document.body);
  return document.querySelector("time");
}

test("a time of today is its clock, and how long it is until then", () => {
  assert.match(shown(5 * HOUR).textContent, /^17:00 \S+, in 5 hours$/);
  assert.match(shown(30 * MINUTE).textContent, /^12:30 \S+, in 30 minutes$/);
  assert.match(shown(MINUTE / 2).textContent, /^12:00 \S+, in 1 minute$/);
  assert.match(shown(5 * HOUR, "ar").textContent, /^17:00 .+، خلال 5 ساعات$/);
});

test("one of another day has the day, and one beyond a day has no hours", () => {
  assert.match(shown(20 * HOUR).textContent, /^\d+ \p{L}+ \d{4}, 08:00 \S+, in 20 hours$/u);
  assert.match(shown(30 * HOUR).textContent, /^\d+ \p{L}+ \d{4}, 18:00 \S+$/u);
});

test("one that has come is its clock alone, and goes on being looked at", () => {
  const time = shown(-MINUTE);
  assert.match(time.textContent, /^11:59 \S+$/);
  assert.equal(time.dataset.ticking, "until");
});

test("it counts down", () => {
  const time = shown(2 * HOUR);
  level(new Date(NOON.getTime() + HOUR + MINUTE).toISOString());
  times("en").tick(document.body);
  assert.match(time.textContent, /, in 59 minutes$/);
  level(NOON.toISOString());
});
