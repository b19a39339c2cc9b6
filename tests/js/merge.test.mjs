import assert from "node:assert/strict";
import test from "node:test";
import { page } from "./page.mjs";

page('<html><body><div class="story-desk" data-timezone="UTC" data-now="2026-11-30T12:00:00Z"></div></body></html>');
const { mergedFields, mergedPictures } = await import("../../static/desk/composer/merge.js");
const { blocks, mergedText } = await import("../../static/desk/composer/blocks.js");

test("what one of two changed is kept", () => {
  const base = { headline: "A", dateline: "Kyiv", body: "One\n\nTwo" };
  const found = mergedFields(
    base,
    { ...base, headline: "B", body: "1\n\nTwo" },
    { ...base, dateline: "Lviv", body: "One\n\n2" },
    "mine",
  );
  assert.deepEqual(found.values, { headline: "B", dateline: "Lviv", body: "1\n\n2" });
  assert.deepEqual([found.mine, found.theirs, found.both, found.clash], [["headline"], ["dateline"], ["body"], []]);
});

test("what both changed is as the writer chooses", () => {
  const [base, mine, theirs] = ["A", "B", "C"].map((headline) => ({ headline, body: headline }));
  assert.deepEqual(mergedFields(base, mine, theirs, "mine").values, mine);
  assert.deepEqual(mergedFields(base, mine, theirs, "theirs").values, theirs);
  assert.deepEqual(mergedFields(base, mine, theirs, "both").values, { headline: "B", body: "B\n\nC" });
  assert.deepEqual(mergedFields(base, mine, theirs, "mine").clash, ["headline", "body"]);
});

test("topics are put together one by one", () => {
  const found = mergedFields({ topics: "a, b" }, { topics: "a, b, mine" }, { topics: "b, theirs" }, "mine");
  assert.deepEqual([found.values.topics, found.both], ["b, mine, theirs", ["topics"]]);
});

test("pictures are put together, with the words of both", () => {
  const picture = (medium, values = {}) => ({ medium, alt: "", caption: "", credit: "", ...values });
  const found = mergedPictures(
    [picture(1)],
    [picture(1, { alt: "A tram" }), picture(2)],
    [picture(1, { credit: "Ann" }), picture(3)],
    true,
  );
  assert.equal(found.changed, "both");
  assert.deepEqual(
    found.pictures.map(({ medium, alt, credit }) => [medium, alt, credit]),
    [
      [1, "A tram", "Ann"],
      [2, "", ""],
      [3, "", ""],
    ],
  );
});

test("code is one block", () => {
  assert.deepEqual(blocks("One\n\n```\na\n\nb\n```\n\nTwo"), ["One", "```\na\n\nb\n```", "Two"]);
  assert.equal(mergedText("A", "A\n\nX", "A\n\nY").mine, "A\n\nX\n\nY");
});
