// A story's desk, live: who is here, who edits what, lists that follow what was done, how delivery stands.
// Frames only say that something changed; what it is, is fetched. So a frame that is lost loses nothing.

import { Lists, send } from "./lists.js";
import { notify } from "./notices.js";
import { ask, Refused } from "./session.js";

const ALIVE = 20_000, SILENCE = 15_000, POLL = 10_000, CAP = 10_000, BASE = 400;
const SIGNED_OUT = 4401;
const desk = document.querySelector(".story-desk");
const { here, role } = desk.dataset;
const user = Number(desk.dataset.user);
const edits = role !== "contributor";
const slug = here.split("/").at(-1);
const lists = new Lists(here);
const UNDONE = JSON.parse(desk.dataset.undone); // what may be taken back, and how it is called

let me = null; // the name of this page among those that are open
let editing = desk.dataset.editing ?? null;
let take = new URLSearchParams(location.search).has("take");
let members = [], held = false, taken = false;
let turn = Number(desk.dataset.turn);

const element = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text, ...more });
const rowOf = (id) => document.querySelector(`[data-entry="${CSS.escape(id)}"]`);
const named = (id) => {
  const row = rowOf(id), line = row?.querySelector(".title") ?? row?.querySelector(".text") ?? row?.querySelector(".gist");
  return line?.textContent.trim() ?? "";
};
const short = (text) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
const whose = (member) => (member.user === user ? "You, in another window," : member.name);

// --- presence and locks

function drawPresence() {
  drawWho();
  drawLocks();
}

function drawWho() {
  const list = document.querySelector("[data-who]");
  const people = new Map();
  for (const member of members) people.set(member.user, [...(people.get(member.user) ?? []), member]);
  list.replaceChildren(...[...people.values()].map((pages) => {
    const item = document.createElement("li"), text = document.createElement("span");
    item.append(element("i", [...pages[0].name][0]?.toUpperCase() ?? "?", { ariaHidden: "true" }), text);
    text.append(element("bdi", pages[0].user === user ? `${pages[0].name} (you)` : pages[0].name));
    const entries = [...new Set(pages.map(({ entry }) => entry).filter(Boolean))];
    const doing = entries.map((id) => `editing “${short(named(id)) || "an update"}”`);
    text.append(element("small", doing.join(", ") || pages[0].role));
    return item;
  }));
}

function drawLocks() {
  const holders = new Map(members.filter(({ holds }) => holds).map((member) => [member.entry, member]));
  for (const lock of document.querySelectorAll("[data-lock]")) {
    const id = lock.dataset.lock, holder = holders.get(id);
    const banner = lock.parentElement.classList.contains("work");
    if (!holder || holder.id === me) {
      lock.hidden = true;
      delete lock.dataset.drawn;
      continue;
    }
    const lost = banner && taken;
    const key = `${holder.id} ${lost}`;
    if (lock.dataset.drawn === key) continue;
    lock.dataset.drawn = key;
    lock.toggleAttribute("data-lost", lost);
    lock.hidden = false;
    const words = element("span", "");
    words.append(element("bdi", whose(holder)), lost ? " has taken over. Your text is kept here; saving shows both versions." : banner ? " is editing this update." : " is editing");
    if (!edits && !banner) lock.replaceChildren(words);
    else if (banner) {
      const button = element("button", lost ? "Take it back" : "Take over", { type: "button" });
      button.addEventListener("click", () => tell(editing, true));
      lock.replaceChildren(words, button);
    } else lock.replaceChildren(words, element("a", "Take over", { href: `${here}?edit=${id}&take=1#composer` }));
  }
}

function takePresence(now) {
  members = now;
  const mine = members.find(({ id }) => id === me);
  const holds = Boolean(editing && mine?.holds);
  if (holds) taken = false;
  else if (held && editing && members.some(({ entry, holds: theirs, id }) => theirs && entry === editing && id !== me)) taken = true;
  held = holds;
  drawPresence();
}

/** Says which entry this page edits; `document` may say so too, with a `desk:editing` event. */
function tell(entry, takes = false) {
  if (entry !== editing) held = taken = false;
  editing = entry;
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "editing", entry, take: takes }));
}

document.addEventListener("desk:editing", ({ detail }) => tell(detail?.entry ?? null, Boolean(detail?.take)));

// --- what was done

function takeRows(frame) {
  turn = frame.turn;
  const { changed } = frame;
  const done = lists.refresh(changed.length ? changed.map(({ id }) => id) : null);
  const offered = new Set();
  for (const change of changed) {
    if (change.by === user && edits && change.action in UNDONE) offered.add(change);
  }
  done.then(() => {
    for (const change of offered) offerUndo(change);
    for (const change of changed) if (change.by !== user) say(change);
    drawPresence();
  }, () => {}); // the lists are looked up again with the next turn, or the next poll
}

function say({ id, action, breaking, own }) {
  const text = short(named(id));
  if (action === "submitted" && edits) notify(`New contribution: ${text}`, { kind: "submitted", alert: true, link: { label: "Look", href: `#row-${id}` } });
  else if (breaking && action === "published") notify(`Breaking: ${text}`, { kind: "breaking", alert: true });
  else if (own && action === "returned") notify(`Returned to you: ${text}`, { kind: "submitted", alert: true, link: { label: "Look", href: `#row-${id}` } });
  else if (own && !edits && action === "published") notify(`Published: ${text}`, { alert: true });
}

function offerUndo({ id, rev, action }) {
  document.querySelector(".undo")?.remove();
  const text = short(named(id));
  const what = text ? `: ${text}` : " an update";
  notify(UNDONE[action] + what, { kind: "undo", lasting: 60_000, act: { label: "Undo", do: () => undo(id, rev) } });
}

async function undo(id, rev) {
  try {
    const { content: said } = await ask(`/api/stories/${slug}/entries/${id}/undo`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ rev }),
    });
    if (said.status === "draft") notify("Taken back. It is a draft again.", { link: { label: "Edit", href: `${here}?edit=${id}#composer` } });
    else notify("Taken back.");
  } catch (error) {
    if (error instanceof Refused) notify(`It cannot be taken back: ${error.message}`, { kind: "bad" });
    else notify("It could not be taken back: the server does not answer. Try again.", { kind: "bad", act: { label: "Undo", do: () => undo(id, rev) } });
  }
  lists.refresh([id]).catch(() => {});
}

// Forms beside entries are sent without leaving the page: somebody may be writing on it.
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (form.method !== "post" || event.defaultPrevented || !form.closest(".acts, .seg, .bulk, .undo")) return;
  event.preventDefault();
  if (form.closest(".undo")) return void undo(form.getAttribute("action").split("/").at(-2), Number(form.elements.rev.value)).then(() => form.remove());
  if (form.dataset.sending) return;
  form.dataset.sending = "1";
  try {
    const { done, page, signedOut } = await send(form, submitter);
    if (signedOut) return notify("Not done: you are signed out.", { kind: "bad" });
    if (!page.querySelector(".story-desk")) {
      const words = page.querySelector("[role=alert], main p")?.textContent;
      return notify(words ?? "It could not be done.", { kind: "bad" });
    }
    const said = page.querySelector(".composer .notice.good, .work > .notice.good");
    const results = page.querySelector(".results");
    const wrong = page.querySelector(".work > .notice.bad");
    if (results) {
      const failed = [...results.querySelectorAll('[data-done="false"]')];
      notify(failed.length ? failed.map((item) => item.textContent.trim()).join("; ") : `Done: ${results.childElementCount}`, { kind: failed.length ? "bad" : "good" });
      document.querySelectorAll("[name=entry]:checked").forEach((box) => (box.checked = false));
      count();
    } else if (!done) {
      const row = form.closest("[data-entry]"), next = row && page.getElementById(row.id);
      notify(wrong?.textContent.trim() ?? "It could not be done.", { kind: "bad" });
      if (next) {
        row.replaceWith(next);
        next.querySelector("[aria-invalid]")?.focus();
      }
      return;
    } else if (page.querySelector(".report")) {
      document.querySelector(".report")?.remove();
      document.getElementById("notices").after(page.querySelector(".report"));
    } else if (said) notify(said.textContent.trim(), { lasting: 6_000 });
    form.reset();
    form.closest("details")?.removeAttribute("open");
    // By the address of this page: the answer's may show other rows.
    lists.refresh().then(drawPresence, () => {});
  } catch {
    notify("The server does not answer. Nothing is lost; try again.", { kind: "bad" });
  } finally {
    delete form.dataset.sending;
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-older]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  lists.more(link).catch(() => (link.textContent = "Could not load. Try again"));
});

function count() {
  const selected = document.querySelectorAll(".rows [name=entry]:checked").length;
  const label = document.querySelector("[data-selected]");
  if (label) label.textContent = selected || "";
}
document.addEventListener("change", ({ target }) => target.name === "entry" && count());

// --- the socket

const line = document.querySelector(".connection");
const WORDS = { live: "Live", off: "Not live: looked up every 10 s", out: "Signed out" };
let socket = null, attempts = 0, timers = {}, running = false;

function state(name) {
  line.dataset.state = name;
  if (line.firstElementChild.textContent !== WORDS[name]) line.firstElementChild.textContent = WORDS[name];
  if (name === "out") line.append(" ", element("a", "Sign in", { href: `/desk/login?next=${here}`, target: "_blank" }));
  else line.querySelector("a")?.remove();
}

function after(name, delay, work) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(work, delay);
}

function open() {
  const url = new URL(`${here}/live`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  const mine = (socket = new WebSocket(url));
  const watch = () => after("silence", SILENCE, () => mine.close());
  watch();
  mine.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    watch();
    if (frame.type === "hello") greet(frame);
    else if (frame.type === "presence") takePresence(frame.here);
    else if (frame.type === "rows") takeRows(frame);
    else if (frame.type === "figures") showFigures(frame.words);
  };
  mine.onclose = ({ code }) => {
    if (socket !== mine) return;
    socket = null;
    clearTimeout(timers.silence);
    clearInterval(timers.alive);
    if (!running) return;
    takePresence(members.filter(({ id }) => id === me)); // who else is here is not known now
    if (code === SIGNED_OUT) {
      state("out");
      document.dispatchEvent(new CustomEvent("desk:signed-out"));
    } else if (line.dataset.state !== "out") state("off");
    after("poll", POLL, poll);
    after("open", Math.random() * Math.min(CAP, BASE * 2 ** attempts++), open);
  };
}

function greet(frame) {
  attempts = 0;
  me = frame.you;
  clearTimeout(timers.poll);
  state("live");
  tell(editing, take);
  take = false;
  if (frame.turn !== turn) lists.refresh().then(drawPresence, () => {});
  turn = frame.turn;
  timers.alive = setInterval(() => socket?.send('{"type":"alive"}'), ALIVE);
}

function showFigures(words) {
  for (const [name, word] of Object.entries(words)) {
    const figure = document.querySelector(`[data-figure="${name}"]`);
    if (!figure || figure.textContent === word) continue;
    figure.textContent = word;
    if ("up" in figure.dataset) figure.dataset.up = word;
  }
}

async function poll() {
  try {
    await lists.refresh();
    if (edits) showFigures((await (await fetch(`${here}/figures`, { headers: { Accept: "application/json" } })).json()).words);
  } catch {
    // asked again
  }
  if (running && !socket?.readyState) after("poll", POLL, poll);
}

function start() {
  running = true;
  open();
}

function stop() {
  running = false;
  for (const timer of Object.values(timers)) clearTimeout(timer);
  socket?.close();
  socket = null;
}

addEventListener("pagehide", stop);
addEventListener("pageshow", ({ persisted }) => persisted && start());
addEventListener("online", () => running && !socket && open());
start();
