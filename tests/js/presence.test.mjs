import assert from "node:assert/strict";
import test from "node:test";
import { page } from "./page.mjs";

page("<html><body></body></html>");
const { Presence } = await import("../../static/desk/story/presence.js");

const ann = { id: "1", user: 1, name: "Ann", role: "editor", entry: null, holds: false };
const bea = { id: "2", user: 2, name: "Bea", role: "contributor", entry: "e1", holds: true };

function join(editing = null) {
  document.body.innerHTML = `<ul data-who></ul>
    <div class="work"><p class="banner" data-lock="e1" hidden></p></div>
    <ol><li data-entry="e1"><b class="title">The bridge is open</b><p class="row-lock" data-lock="e1" hidden></p></li></ol>`;
  const said = [];
  const presence = new Presence({
    here: "/desk/stories/a",
    user: 1,
    edits: true,
    editing,
    say: (message) => said.push(message),
  });
  presence.join("1");
  return { presence, said };
}
const people = () => [...document.querySelectorAll("[data-who] li span")].map(({ textContent }) => textContent);
const text = (name) => document.querySelector(name).textContent;

test("people are listed once, with the entries that they edit", () => {
  const { presence } = join();
  presence.update([ann, bea, { ...bea, id: "3", entry: null, holds: false }]);
  assert.deepEqual(people(), ["Ann (you)editor", "Beaediting “The bridge is open”"]);
  assert.equal(text(".row-lock"), "Bea is editingTake over");
  assert.equal(document.querySelector(".row-lock a").getAttribute("href"), "/desk/stories/a?edit=e1&take=1#composer");
});

test("a page whose lock was taken over says so, and can take it back", () => {
  const { presence, said } = join("e1");
  presence.update([{ ...ann, entry: "e1", holds: true }]);
  assert.equal(document.querySelector(".banner").hidden, true);
  presence.update([{ ...ann, entry: "e1" }, bea]);
  assert.match(text(".banner"), /^Bea has taken over\. Your text is kept here/);
  document.querySelector(".banner button").dispatchEvent(new document.defaultView.Event("click"));
  assert.deepEqual(said, [{ type: "editing", entry: "e1", take: true }]);
});

test("a lost connection leaves only this page in the list", () => {
  const { presence } = join();
  presence.update([ann, bea]);
  presence.leave();
  assert.deepEqual(people(), ["Ann (you)editor"]);
  assert.equal(document.querySelector(".row-lock").hidden, true);
});
