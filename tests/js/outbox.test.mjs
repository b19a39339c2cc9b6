import assert from "node:assert/strict";
import test from "node:test";
import "fake-indexeddb/auto";
import { page, until } from "./page.mjs";

page("<html><body></body></html>");
globalThis.BroadcastChannel = class {
  postMessage() {}
};
let answers = [];
const asked = [];
globalThis.fetch = async (url, { body }) => {
  asked.push([url, Object.fromEntries(body ?? [])]);
  const answer = answers.shift();
  if (!answer) throw new TypeError("no network");
  const [status, content] = answer;
  return new Response(JSON.stringify(content), { status, headers: { "Content-Type": "application/json" } });
};
const { Outbox } = await import("../../static/desk/drafts/outbox.js");
const { get, ofUser, put, swap } = await import("../../static/desk/drafts/storage.js");

const post = (body) => ({ slug: "a", title: "A", url: "/desk/stories/a/outbox", fields: { body }, pictures: [] });

test("a post leaves the drafts when it comes into the outbox, and that when it is sent", async () => {
  await put("drafts", { id: "d1", user: "ann" });
  const outbox = new Outbox("ann");
  answers = [[201, { id: "e1" }]];
  const sent = new Promise((resolve) => outbox.addEventListener("sent", ({ detail }) => resolve(detail.entry)));
  await outbox.add(post("One"), "d1");
  assert.equal(await get("drafts", "d1"), undefined);
  assert.deepEqual(await sent, { id: "e1" });
  await until(async () => !(await outbox.items()).length);
  assert.deepEqual(asked.pop(), ["/desk/stories/a/outbox", { body: "One" }]);
});

test("without a network it waits, and goes out in order", async () => {
  const outbox = new Outbox("bea");
  asked.length = 0;
  answers = [];
  const delayed = new Promise((resolve) => outbox.addEventListener("delayed", resolve, { once: true }));
  await outbox.add(post("One"), "none");
  await delayed;
  await outbox.add(post("Two"), "none");
  await until(async () => (await outbox.items()).every(({ state }) => state === "waiting"));
  asked.length = 0;
  answers = [
    [201, {}],
    [201, {}],
  ];
  await outbox.hurry();
  assert.deepEqual(
    asked.map(([, { body }]) => body),
    ["One", "Two"],
  );
  assert.deepEqual(await ofUser("outbox", "bea"), []);
});

test("what is refused stays, with the reason", async () => {
  const outbox = new Outbox("cas");
  answers = [[422, { detail: "body: is missing", errors: [{ field: "body" }] }]];
  await outbox.add(post(""), "none");
  const [item] = await until(
    async () => (await outbox.items()).filter(({ state }) => state === "refused").length && outbox.items(),
  );
  assert.deepEqual([item.reason, item.errors, item.closed], ["body: is missing", [{ field: "body" }], false]);
  assert.deepEqual(await new Outbox("dan").items(), []);
});

test("a draft that another tab changed is not replaced", async () => {
  await put("drafts", { id: "d2", user: "ann", at: 2, text: "theirs" });
  assert.equal((await swap("drafts", { id: "d2", at: 1 }, { id: "d2", at: 3, text: "mine" })).text, "theirs");
  assert.equal(await swap("drafts", { id: "d2", at: 2 }, { id: "d2", user: "ann", at: 3, text: "mine" }), null);
  assert.equal((await get("drafts", "d2")).text, "mine");
});
