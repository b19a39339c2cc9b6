import assert from "node:assert/strict";
import test from "node:test";
import { read } from "../../static/desk/composer/transcript.js";

const now = "2026-11-30T12:00";

test("a message of a chat is read without its writer's name", () => {
  const found = read("[25/02/2022, 14:32:07] Oksana: *has not been hit*", { now, locale: "en-GB" });
  assert.equal(found.markdown, "**has not been hit**");
  assert.equal(found.at, "2022-02-25T14:32");
  assert.deepEqual(found.sources, ["witness | A witness"]);
});

test("other text is no chat", () => {
  assert.equal(read("At 14:32 the line was hit.", { now, locale: "en-GB" }), null);
});
