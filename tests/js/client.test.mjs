import assert from "node:assert/strict";
import test from "node:test";
import { page, until } from "./page.mjs";

page("<html><body></body></html>");
const sockets = [];
globalThis.WebSocket = class {
  static OPEN = 1;
  readyState = 1;
  constructor(url) {
    this.url = new URL(url);
    sockets.push(this);
  }
  close() {
    this.readyState = 3;
  }
  says(frame) {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
};
const { connect } = await import("../../static/reader/client.js");

function reader(options = { after: 5, epoch: "E" }) {
  sockets.length = 0;
  const told = { events: [], states: [], resets: [] };
  const connection = connect("https://live.test/stories/a", {
    onEvent: (event) => told.events.push(event.seq),
    onReset: async (reason) => {
      told.resets.push(reason);
      return { epoch: "F", seq: 1 };
    },
    onState: (state) => told.states.push(state),
    ...options,
  });
  return { connection, told };
}
const hello = (head, epoch = "E") => ({ type: "hello", epoch, head, at: "2026-11-30T12:00:00Z" });
const event = (seq, kind = "entry.published") => ({ type: "event", seq, kind });

test("events are handed over once and in order", () => {
  const { connection, told } = reader();
  const [socket] = sockets;
  assert.equal(socket.url.search, "?after=5&epoch=E");
  socket.says(hello(7));
  for (const seq of [6, 6, 7, 5]) socket.says(event(seq));
  assert.deepEqual([told.events, connection.seq, told.states], [[6, 7], 7, ["connecting", "live"]]);
  connection.close();
});

test("a gap is mended by resuming at once", async () => {
  const { connection, told } = reader();
  sockets[0].says(hello(5));
  sockets[0].says(event(8));
  await until(() => sockets.length === 2);
  assert.equal(sockets[1].url.searchParams.get("after"), "5");
  assert.deepEqual(told.events, []);
  connection.close();
});

test("an event of a kind that is not known is counted, and raises the sequence", () => {
  const { connection, told } = reader();
  sockets[0].says(hello(5));
  sockets[0].says(event(6, "poll.opened"));
  sockets[0].says(event(7));
  assert.deepEqual([connection.seq, connection.skipped, told.events, told.resets], [7, 1, [7], []]);
  connection.close();
});

test("another epoch asks for the page anew", async () => {
  const { connection, told } = reader();
  sockets[0].says(hello(9, "F"));
  await until(() => sockets.length === 2);
  assert.deepEqual([told.resets, connection.epoch, connection.seq], [["epoch"], "F", 1]);
  connection.close();
});

test("without a position it begins with the present, also after a reset", async () => {
  const { connection, told } = reader({ onReset: () => {} });
  assert.equal(sockets[0].url.search, "");
  sockets[0].says(hello(7));
  sockets[0].says(event(8));
  assert.deepEqual([told.events, connection.epoch, connection.seq], [[8], "E", 8]);
  sockets[0].says({ type: "reset", reason: "restored" });
  await until(() => sockets.length === 2);
  assert.equal(sockets[1].url.search, "");
  sockets[1].says(hello(3, "F"));
  sockets[1].says(event(4));
  assert.deepEqual([told.events, connection.epoch, connection.seq], [[8, 4], "F", 4]);
  connection.close();
});

test("a signal ends it for good", () => {
  const end = new AbortController();
  const { connection } = reader({ signal: end.signal });
  end.abort();
  connection.start();
  assert.deepEqual([sockets.length, sockets[0].readyState], [1, 3]);
});
