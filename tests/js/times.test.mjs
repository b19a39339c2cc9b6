import assert from "node:assert/strict";
import test from "node:test";
import { page } from "./page.mjs";

page('<html><body><div class="story-desk" data-now="2026-11-30T12:00:00Z"></div></body></html>');
const { exact, fieldText, present, timeText } = await import("../../static/desk/shared/times.js");
const KYIV = "Europe/Kyiv";

test("a time is that of the zone", () => {
  assert.equal(exact("2026-11-30T14:32", KYIV), Date.parse("2026-11-30T12:32:00Z"));
  assert.equal(exact("2026-07-01T14:32", KYIV), Date.parse("2026-07-01T11:32:00Z"));
  assert.equal(exact("", KYIV), null);
});

test("an hour that comes twice needs its offset", () => {
  const twice = "2026-10-25T03:30";
  assert.equal(exact(twice, KYIV), null);
  assert.equal(exact(twice, KYIV, "+03:00"), Date.parse("2026-10-25T00:30:00Z"));
  assert.equal(exact(twice, KYIV, "+02:00"), Date.parse("2026-10-25T01:30:00Z"));
  assert.equal(fieldText(twice, KYIV), "25 October 2026, 03:30 (which one?)");
});

test("an hour that the clocks leave out needs one, too", () => {
  assert.equal(exact("2026-03-29T03:30", KYIV), null);
});

test("a time is told with its offset, and with its day where that is another", () => {
  const at = Date.parse("2026-11-30T12:32:00Z");
  assert.equal(timeText(at, KYIV, "2026-11-30"), "14:32 (UTC+2)");
  assert.equal(timeText(at, "Asia/Kolkata", "2026-12-01"), "30 November 2026, 18:02 (UTC+5:30)");
  assert.equal(fieldText("2026-11-30T14:32", KYIV), "30 November 2026, 14:32 (UTC+2)");
});

test("the present is the server's", () => {
  assert.match(present("UTC"), /^2026-11-30T12:0\d$/);
});
