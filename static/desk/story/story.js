// A story's desk, live: presence, lists that follow the changes, undo, and the figures of delivery.
// A frame only names the changed entries; the page loads them. So a lost frame loses nothing.

import { focusing } from "../shared/navigate.js";
import { dismissNotices, noticeFor, notify, notifyElsewhere } from "../shared/notices.js";
import { ask, Refused } from "../shared/request.js";
import { DeskSocket, OTHER_RIGHTS, SIGNED_OUT, showState } from "../shared/socket.js";
import { boxesOf, count, idOf, picked, seenNow, untick } from "./bulk.js";
import { Lists, PATIENCE, send } from "./lists.js";
import { Presence } from "./presence.js";
import { element, nameOf, rowOf, short } from "./rows.js";

const POLL = 10_000;
const desk = document.querySelector(".story-desk");
const { here, role } = desk.dataset;
const user = Number(desk.dataset.user);
const edits = role !== "contributor";
const slug = here.split("/").at(-1);
const lists = new Lists(here);
const UNDONE = JSON.parse(desk.dataset.undone); // the actions that can be undone, with their words

let take = new URLSearchParams(location.search).has("take");
let changeCount = Number(desk.dataset.turn);
let signedOut = false;

const presence = new Presence({
  here,
  user,
  edits,
  editing: desk.dataset.editing ?? null,
  say: (message) => socket.say(message),
});
// The composer says which entry it edits.
document.addEventListener("desk:editing", ({ detail }) => presence.edit(detail?.entry ?? null, Boolean(detail?.take)));

// --- changes and undo

const together = new Map(); // entry -> the last revision for which this page offers to undo a bulk action
const underWay = new Map(); // entry -> the number of requests of this page that are under way
const counted = (ids, by) => ids.forEach((id) => underWay.set(id, (underWay.get(id) ?? 0) + by));

function takeRows(frame) {
  changeCount = frame.turn;
  const { changed } = frame;
  const done = lists.refresh(changed.length ? changed.map(({ id }) => id) : null);
  const offered = new Map();
  for (const { id } of changed) dismissNotices(id);
  for (const change of changed) {
    // The name as it is now: a removed entry has none after the refresh.
    if (
      change.by === user &&
      edits &&
      change.action in UNDONE &&
      !underWay.get(change.id) &&
      change.rev > (together.get(change.id) ?? 0)
    )
      offered.set(change, nameOf(change.id));
  }
  done.then(() => {
    for (const [change, name] of offered) offerUndo(change, name);
    for (const change of changed) if (change.by !== user) say(change);
    presence.draw();
  });
}

function say(change) {
  const found = noticeFor(change, edits),
    { id } = change;
  if (!found) return;
  const text = short(nameOf(id));
  // An entry that the filter hides is on the page without a filter.
  const link = { label: "Look", href: rowOf(id) ? `#row-${id}` : `${here}#row-${id}` };
  notify(text ? `${found.words}: ${text}` : found.words, { kind: found.kind, of: id, alert: true, link });
}

function offerUndo({ id, rev, action }, before) {
  const text = short(nameOf(id) || before);
  const what = text ? `: ${text}` : " an update";
  offer(UNDONE[action] + what, id, () => undo(id, rev));
}

/** Offers to undo the last action only. */
function offer(words, of, act) {
  document.querySelector(".undo")?.remove();
  notify(words, { kind: "undo", of, lasting: 60_000, act: { label: "Undo", do: act } });
}

async function undo(id, rev) {
  try {
    const { content: said } = await ask(`/api/stories/${slug}/entries/${id}/undo`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ rev }),
    });
    const stands = {
      draft: "Taken back. It is a draft again.",
      submitted: "Taken back. It waits among the contributions.",
    }[said.status];
    if (stands) notify(stands, { link: { label: "Edit", href: `${here}?edit=${id}#composer` } });
    else notify("Taken back.");
  } catch (error) {
    if (error instanceof Refused) notify(`It cannot be taken back: ${error.message}`, { kind: "bad" });
    else
      notify("It could not be taken back: the server does not answer. Try again.", {
        kind: "bad",
        act: { label: "Undo", do: () => undo(id, rev) },
      });
  }
  lists.refresh([id]);
}

const DOUBLE = 700; // milliseconds: a second press within them is a double click
const sent = new WeakMap(); // form -> its last request

// Forms beside entries are sent without leaving the page: somebody may be writing on it. In the capture phase, before the other
// listeners: only this one recognises a double click here.
document.addEventListener(
  "submit",
  (event) => {
    const { target: form, submitter } = event;
    if (form.method !== "post" || !form.closest(".acts, .seg, .bulk, .undo")) return;
    event.preventDefault();
    event.stopPropagation();
    const said = (by) => new URLSearchParams(new FormData(form, by)).toString();
    const [body, before, at] = [said(submitter), sent.get(form), Date.now()];
    if (before && ((before.under && before.body === body) || (before.by === submitter && at - before.at < DOUBLE)))
      return;
    const own = { by: submitter, body, at, under: true };
    const takeBack = () =>
      undo(form.getAttribute("action").split("/").at(-2), Number(form.elements.rev.value)).then(() => form.remove());
    const work = form.matches(".undo:not(.several)")
      ? takeBack
      : () => carryOut(form, body, () => said(submitter) === body);
    own.end = Promise.resolve(before?.end)
      .then(work)
      .then((done) => {
        own.under = false;
        if (!done && sent.get(form) === own) sent.delete(form); // again at once
      });
    sent.set(form, own);
  },
  true,
);

/** Sends a form and shows the outcome; resolves to whether it was done. `same()` says whether the form still has the sent values. */
async function carryOut(form, body, same) {
  const entries = new URLSearchParams(body).getAll("entry").map(idOf);
  counted(entries, 1);
  try {
    const { done, page, signedOut } = await send(form, new URLSearchParams(body));
    if (signedOut) {
      notify("Not done: you are signed out.", { kind: "bad" });
      return false;
    }
    if (!page.querySelector(".story-desk")) {
      notify(page.querySelector("[role=alert], main p")?.textContent ?? "It could not be done.", { kind: "bad" });
      return false;
    }
    if (!done && !page.querySelector(".results")) {
      const row = form.closest("[data-entry]"),
        next = row && page.getElementById(row.id);
      notify(page.querySelector(".work > .notice.bad")?.textContent.trim() ?? "It could not be done.", { kind: "bad" });
      if (next && same()) {
        row.replaceWith(next);
        (
          next.querySelector("[aria-invalid]") ??
          next.querySelector("details[open] button") ??
          next.querySelector(".acts :is(a, button)")
        )?.focus();
      }
      return false;
    }
    const unchanged = same();
    tellResult(page, entries, form.closest(".row"));
    if (unchanged) {
      form.reset();
      const details = form.closest("details");
      if (details?.contains(document.activeElement)) details.querySelector("summary").focus({ preventScroll: true });
      if (details) details.open = false;
    }
    // With the filter of this page: the answer may show other rows.
    lists.refresh().then(() => presence.draw());
    return true;
  } catch (error) {
    notify(
      error.name === "TimeoutError"
        ? `The server has not answered within ${PATIENCE / 1000} seconds. Check whether it was done, and try again if not.`
        : "The server does not answer. Nothing is lost; try again.",
      { kind: "bad" },
    );
    return false;
  } finally {
    counted(entries, -1);
  }
}

/** Shows the outcome that the answer's page holds, for the `selected` entries or for one `row`. */
function tellResult(page, selected, row = null) {
  const results = page.querySelector(".results"),
    report = page.querySelector(".report");
  const said = page.querySelector(".notice.good:not(.report)");
  if (results) {
    const failed = [...results.querySelectorAll('[data-done="false"]')],
      number = results.childElementCount - failed.length;
    const words = number ? `${results.dataset.said}: ${number}` : "";
    for (const { dataset: of } of results.children) together.set(of.id, Number(of.rev));
    if (failed.length) notify(`Not done: ${failed.map((item) => item.textContent.trim()).join("; ")}`, { kind: "bad" });
    const back = page.querySelector(".undo.several");
    if (back) offer(`${words}. ${back.querySelector("span").textContent}.`, "", () => takeBackTogether(back));
    else if (words) notify(words);
    for (const box of picked()) if (selected.includes(idOf(box.value))) untick(box);
    count();
  } else if (report) {
    document.querySelector(".report")?.remove();
    tellReport(report, row);
  } else if (said) notify(said.textContent.trim(), { lasting: 6_000 });
}

/** Shows the report of a removal in the place of the row, where the editor is. */
function tellReport(report, row) {
  if (row) {
    const place = element("li", "", { className: "row told", id: row.id });
    Object.assign(place.dataset, { publishedAt: row.dataset.publishedAt, seq: row.dataset.seq });
    const off = element("button", "Close", { type: "button", className: "plain" });
    off.addEventListener("click", () => {
      const next = (place.nextElementSibling ?? place.previousElementSibling)?.querySelector(".acts :is(a, button)");
      place.remove();
      next?.focus();
    });
    report.append(off);
    place.append(report);
    row.replaceWith(place);
  } else document.getElementById("notices").after(report);
  report.focus({ preventScroll: true });
  report.scrollIntoView({ block: "nearest" });
}

async function takeBackTogether(form) {
  const body = new URLSearchParams(new FormData(form)).toString();
  if (!(await carryOut(form, body, () => false)))
    offer("It may not have been taken back.", "", () => takeBackTogether(form));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-older], [data-all]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (link.matches("[data-older]"))
    lists.more(link).then(count, () => (link.textContent = "Could not load. Try again"));
  else {
    const boxes = boxesOf(link),
      all = boxes.every(({ checked }) => checked);
    for (const box of boxes) {
      box.checked = !all;
      seenNow(box);
    }
    count();
  }
});

// --- the connection

const status = document.querySelector(".connection");
const state = (name) => showState(name, here);

// One failure may be chance; a list that stays behind is not live.
document.addEventListener(
  "desk:late",
  ({ detail: tries }) => tries > 1 && status.dataset.state === "live" && state("late"),
);
document.addEventListener("desk:lists", () => status.dataset.state === "late" && state("live"));

const socket = new DeskSocket(`${here}/live`, {
  take(frame) {
    if (frame.type === "hello") greet(frame);
    else if (frame.type === "presence") presence.update(frame.here);
    else if (frame.type === "rows") takeRows(frame);
    else if (frame.type === "figures") showFigures(frame.words);
    else if (frame.type === "elsewhere") notifyElsewhere(frame, edits);
  },
  lost(code) {
    presence.leave();
    if (code === SIGNED_OUT) {
      state("out");
      signedOut = true;
      document.dispatchEvent(new CustomEvent("desk:signed-out"));
    } else if (code === OTHER_RIGHTS) state("other");
    else if (!["out", "other"].includes(status.dataset.state)) state("off");
  },
});

function greet(frame) {
  presence.join(frame.you);
  if (frame.user !== user) {
    // somebody else has signed in
    signedOut = true;
    return state("out");
  }
  // The user has signed in in another tab, perhaps with another role.
  if (signedOut) document.dispatchEvent(new CustomEvent("desk:signed-in"));
  signedOut = false;
  state(frame.role === role ? "live" : "other");
  presence.repeat(take);
  take = false;
  if (frame.turn !== changeCount) lists.refresh().then(() => presence.draw());
  changeCount = frame.turn;
  return undefined;
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
  if (socket.away) await look();
  setTimeout(poll, POLL);
}
setTimeout(poll, POLL);

async function look() {
  try {
    await lists.refresh();
    if (edits)
      showFigures(
        (
          await (
            await fetch(`${here}/figures`, {
              headers: { Accept: "application/json" },
              signal: AbortSignal.timeout(PATIENCE),
            })
          ).json()
        ).words,
      );
  } catch {
    // the next poll tries again
  }
}

// After an edit the focus goes to the row of the entry.
if (location.hash.startsWith("#row-")) {
  focusing(() => {
    const row = document.getElementById(location.hash.slice(1));
    if (document.activeElement === document.body)
      row?.querySelector(".acts :is(a.edit, a, button)")?.focus({ preventScroll: true });
  });
}
