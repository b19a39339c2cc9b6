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
const { Connection } = await import("../../static/reader/connection.js");

function reader(seq = 5) {
  sockets.length = 0;
  const told = { events: [], states: [], resets: 0 };
  const connection = new Connection(
    "https://live.test/stories/a",
    { epoch: "E", seq },
    {
      event: (event) => told.events.push(event.seq),
      level: () => {},
      reset: async () => {
        told.resets += 1;
        return { epoch: "F", seq: 1 };
      },
      state: (state) => told.states.push(state),
      readers: () => {},
      clock: () => {},
    },
  );
  connection.start();
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
  connection.stop();
});

test("a gap is mended by resuming at once", async () => {
  const { connection, told } = reader();
  sockets[0].says(hello(5));
  sockets[0].says(event(8));
  await until(() => sockets.length === 2);
  assert.equal(sockets[1].url.searchParams.get("after"), "5");
  assert.deepEqual(told.events, []);
  connection.stop();
});

test("an event of a kind that is not known raises the sequence", () => {
  const { connection, told } = reader();
  sockets[0].says(hello(5));
  sockets[0].says(event(6, "poll.opened"));
  sockets[0].says(event(7));
  assert.deepEqual([connection.seq, told.resets], [7, 0]);
  connection.stop();
});

test("another epoch asks for the page anew", async () => {
  const { connection, told } = reader();
  sockets[0].says(hello(9, "F"));
  await until(() => sockets.length === 2);
  assert.deepEqual([told.resets, connection.epoch, connection.seq], [1, "F", 1]);
  connection.stop();
});
