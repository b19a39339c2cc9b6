import assert from "node:assert/strict";
import test from "node:test";
import "fake-indexeddb/auto";
import { page, until } from "./page.mjs";

page("<html><body></body></html>");
let answers = [];
const asked = [];
globalThis.fetch = async (url, { method = "GET", body }) => {
  asked.push([method, url, body && JSON.parse(body)]);
  const answer = answers.shift();
  if (!answer) throw new TypeError("no network");
  const [status, content] = answer;
  const headers = { "Content-Type": "application/json" };
  return new Response(status === 204 ? null : JSON.stringify(content), { status, headers });
};
const { Draft, findDrafts, lockDraft } = await import("../../static/desk/drafts/draft.js");
const { ofUser } = await import("../../static/desk/drafts/storage.js");

/** A draft of `user` in the story "a", and the calls that it makes. */
function begin(user) {
  const calls = [];
  answers = [];
  asked.length = 0;
  const note = (name) => (value) => calls.push([name, value]);
  const draft = new Draft({ user, slug: "a", of: "new", differs: note("differs"), gone: note("gone") });
  return { draft, calls };
}
const theirs = (version, writer, fields) => ({ version, at: "2026-11-30T12:00:00Z", fields: { writer, ...fields } });
const stored = async (user) =>
  (await ofUser("drafts", user)).map(({ fields, version, dirty }) => [fields, version, dirty]);

test("a draft is saved on the device at once, and on the server when the typing pauses", async () => {
  const { draft } = begin("ann");
  answers = [[200, { version: 1 }]];
  draft.changed({ body: "One" });
  assert.equal(draft.safe, false);
  await until(async () => (await stored("ann")).length);
  assert.deepEqual(await stored("ann"), [[{ body: "One" }, 0, true]]);
  assert.deepEqual([draft.safe, draft.saved, asked.length], [true, false, 0]);
  await until(() => draft.saved);
  const saved = [
    ["PUT", `/desk/stories/a/drafts/${draft.key}`, { fields: { body: "One", writer: draft.writer }, on: 0 }],
  ];
  assert.deepEqual(asked, saved);
  await until(async () => !(await stored("ann"))[0][2]);
  assert.deepEqual(await stored("ann"), [[{ body: "One" }, 1, false]]);
});

test("after a lost answer the draft goes on from the version of its own writer", async () => {
  const { draft, calls } = begin("bea");
  answers = [
    [409, { draft: theirs(4, draft.writer, { body: "One" }) }],
    [200, { version: 5 }],
  ];
  draft.changed({ body: "One, and more" });
  await draft.send();
  assert.deepEqual([draft.version, draft.saved, calls], [5, true, []]);
  assert.deepEqual(
    asked.map(([, , { on }]) => on),
    [0, 4],
  );
});

test("a version of another device is not overwritten before the writer has chosen", async () => {
  const { draft, calls } = begin("cas");
  answers = [
    [409, { draft: theirs(2, "other", { body: "Theirs" }) }],
    [200, { version: 3 }],
  ];
  draft.changed({ body: "Mine" });
  await draft.send();
  assert.deepEqual(
    calls.map(([name, { version, fields }]) => [name, version, fields]),
    [["differs", 2, { body: "Theirs" }]],
  );
  await draft.send();
  assert.equal(asked.length, 1);
  draft.settle(2);
  await draft.send();
  assert.deepEqual([asked.length, asked[1][2].on, draft.version], [2, 2, 3]);
});

test("a draft that was sent elsewhere is not saved again", async () => {
  const { draft, calls } = begin("dan");
  answers = [[410, { detail: "the draft was sent" }]];
  draft.changed({ body: "More" });
  await draft.send();
  await draft.send();
  assert.deepEqual([calls.map(([name]) => name), asked.length], [["gone"], 1]);
});

test("a dropped draft is deleted on the device and on the server", async () => {
  const { draft } = begin("eve");
  answers = [
    [200, { version: 1 }],
    [204, null],
  ];
  draft.changed({ body: "One" });
  await draft.keep();
  await draft.send();
  const { key, writer } = draft;
  await draft.drop();
  assert.deepEqual(await stored("eve"), []);
  assert.deepEqual(asked[1].slice(0, 2), ["DELETE", `/desk/stories/a/drafts/${key}?on=1&writer=${writer}`]);
  assert.notEqual(draft.key, key);
});

test("drafts are found on the device and on the server, and taken up as they are by then", async () => {
  const { draft } = begin("fin");
  draft.changed({ body: "Here" });
  await draft.keep();
  const { key } = draft;
  draft.handOver();
  answers = [[200, { drafts: [{ key: "new.1", ...theirs(7, "other", { body: "There" }) }] }]];
  const found = await findDrafts({ user: "fin", slug: "a", own: draft.key });
  assert.deepEqual(
    found.map(({ key, fields }) => [key, fields]),
    [
      [key, { body: "Here" }],
      ["new.1", { body: "There" }],
    ],
  );
  const locked = await lockDraft("fin", found[0]);
  assert.deepEqual([locked.key, locked.fields], [key, { body: "Here" }]);
  locked.release();
});
