// The composer: a plain form, made quicker and safer. What is typed is kept on this device and on the server, what is sent
// goes through the outbox; without this script the form posts itself.

import { beforeSignOut, outbox, user } from "../drafts/device.js";
import { Draft, findDrafts } from "../drafts/draft.js";
import { DraftList } from "../drafts/list.js";
import { mediaFields } from "../drafts/outbox.js";
import { OutboxList } from "../drafts/outbox-list.js";
import { DraftRecovery } from "../drafts/recover.js";
import { fresh } from "../drafts/storage.js";
import { button } from "../shared/dialogs.js";
import { focusing } from "../shared/navigate.js";
import { signIn } from "../shared/request.js";
import { mainAction, now } from "../shared/times.js";
import { Attributes } from "./attributes.js";
import { Baseline } from "./baseline.js";
import { ChatPaste } from "./chat-paste.js";
import { adding, commands } from "./commands.js";
import { Completion, plain } from "./completion.js";
import { Conflicts } from "./conflicts.js";
import { Fields } from "./fields.js";
import { Pictures, takeFormMedia } from "./media.js";
import { Paste } from "./paste.js";
import { Preview } from "./preview.js";
import { Rich } from "./rich.js";
import { createSubmission } from "./submit.js";

const form = document.getElementById("composer");
const { elements } = form;
const { slug, editing = "" } = form.dataset;
const here = `/desk/stories/${slug}`;
const area = elements.body;
const part = (name) => form.querySelector(`[data-part=${name}]`) ?? document.querySelector(`[data-part=${name}]`);
const [status, chosen, notices] = ["status", "chosen", "notices"].map(part);
const came = takeFormMedia();
const fields = new Fields(form);
const contributes = form.dataset.role === "contributor";

let edited = editing; // the entry that is edited; "" for a new one
let lacking = false; // it was said that the text is missing
const TWICE = 1_000; // milliseconds in which a second key or click means what was just sent

const say = (text) => void (part("said").textContent = text);
const HERE = /^(Saving…|Saved on this device)/;
const told = (text) => {
  if (status.firstElementChild && HERE.test(text)) return; // signed out, which matters more
  if (status.textContent !== text) status.textContent = text; // screen readers read it again otherwise
};

const kept = () => ({
  ...fields.values,
  rev: elements.rev?.value ?? "",
  idempotency_key: elements.idempotency_key.value,
  pictures: pictures.value,
});
const draft = new Draft({
  user,
  slug,
  of: editing || "new",
  told,
  differs: (other) => conflicts.differs(other),
  gone: (error) => conflicts.gone(error),
  signedOut,
});
const pictures = new Pictures(part("pictures"), {
  user,
  draft: () => draft.id,
  changed,
  say,
  refuse: (text) => notice("bad", text),
});
const baseline = new Baseline(fields, pictures, came.first, "unsent" in form.dataset);
const draftList = new DraftList(part("drafts"), { user, slug }, (one) => recovery.goOnWith(one));
const outboxList = new OutboxList(part("outbox"), {
  outbox,
  slug,
  again: (item) => submission.again(item),
  waiting: told,
  idle: () => /^(Sending|Offline)/.test(status.textContent) && told(""),
});
const page = {
  ...{
    form,
    here,
    slug,
    closed: form.dataset.closed ?? "",
    user,
    outbox,
    draft,
    draftList,
    fields,
    pictures,
    notices,
    baseline,
    kept,
    fill,
    stands,
    changed,
    told,
    notice,
  },
  edited: () => edited,
  rich: () => rich,
};
const recovery = new DraftRecovery(page);
const conflicts = new Conflicts({
  ...page,
  preview: () => preview.body(),
  listDrafts: async () => draftList.show(await findDrafts({ user, slug, own: draft.key })),
  discarded: () => recovery.discarded(),
  keepAsDraft: (item) => recovery.keepAsDraft(item),
});
const attributes = new Attributes(form, chosen, changed);
const chatPaste = new ChatPaste(area, attributes, () => rich.surface);
const paste = new Paste(form, { pictures, card: part("card"), chatPaste });
const preview = new Preview(part("preview"), {
  url: `${here}/preview`,
  body: () =>
    new URLSearchParams({
      ...fields.sendable,
      ...(edited && { entry: edited }),
      ...mediaFields(pictures.value.filter(({ medium }) => medium)),
    }),
});

const options = (id) => [...document.getElementById(id).options].map(({ value }) => value);
const completion = new Completion(
  commands({
    form,
    attributes,
    say,
    open,
    add: () => elements.picture.click(),
    places: () => options("known-places"),
    topics: () => options("known-topics"),
  }),
  say,
);
const typed = plain(area);
const rich = new Rich(area, part("rich"), part("tools"), {
  look: (surface) => completion.look(surface),
  missing() {
    lacking = true;
    wrong([{ field: "body", message: "The text is missing." }]);
  },
  pasted: (event) => paste.pasted(event),
  left: (count) => paste.left(count),
  key(event) {
    if (completion.key(event)) return true;
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return false;
    if (!event.repeat) publish();
    return true;
  },
});

const submission = createSubmission({
  ...page,
  ...{ anew, card: part("card"), attributes, completion, contributes, recovery, say, conflicts, wrong },
});

/** The earliest time at which what is written appears, where that is held back to protect its author. */
function held() {
  const { delay, held: until, own } = form.dataset;
  if (edited && own === undefined) return Date.parse(until) || 0;
  return delay ? now() + delay * 60_000 : 0;
}

/** The button says when readers get it. */
function nameMain() {
  if (contributes) return;
  const main = form.querySelector(".foot .main");
  const waits = !elements.correcting && elements.publish_at.matches(":enabled");
  const {
    action,
    words,
    until = false,
  } = waits ? mainAction(form, held()) : { action: "publish", words: main.textContent };
  main.value = action;
  if (main.textContent !== words) main.textContent = words;
  part("break").hidden = !until;
}

/** What was said of the last update is not said above the next one, when somebody comes back to this page. */
function begun() {
  const at = new URL(location.href);
  if (!at.searchParams.has("saved")) return;
  for (const name of ["saved", "of"]) at.searchParams.delete(name);
  history.replaceState(history.state, "", at);
}

function changed() {
  preview.changed();
  nameMain();
  if (lacking && area.value.trim()) {
    lacking = false;
    wrong([]);
  }
  if (baseline.pristine) {
    told("");
    draft.drop();
  } else {
    begun();
    draft.changed(kept());
  }
}

/** `undone` is whether Ctrl+Z in the text brings back what stood there. */
function fill(values, undone = false) {
  fields.values = values;
  if (values.idempotency_key) elements.idempotency_key.value = values.idempotency_key;
  if (values.rev && elements.rev) elements.rev.value = values.rev;
  rich.refresh(undone);
  attributes.show();
  nameMain();
  preview.changed();
  return pictures.set(values.pictures ?? []);
}

/** What the form edits stands as `status`, or is new: what is public has other fields, and is saved for readers. */
function stands(status) {
  form.dataset.status = status;
  if (elements.correcting) return;
  const isPublic = status === "published";
  for (const one of form.querySelectorAll("[data-when]"))
    one.hidden = one.disabled = (one.dataset.when === "public") !== isPublic;
  if (isPublic) for (const one of form.querySelectorAll("[data-when=waits] input")) one.value = "";
  part("save").hidden = !(["", "draft"].includes(status) || (status === "submitted" && !contributes));
  form.querySelector(".foot .main").textContent = contributes ? "Submit" : isPublic ? "Save changes" : "Publish";
  nameMain();
}

/** The form for a new update. */
function anew() {
  if (edited) {
    edited = "";
    draft.of = "new";
    draft.begin();
    form.action = `${here}/entries`;
    elements.rev?.remove();
    form.querySelector("h2").textContent = "New update";
    for (const one of form.querySelectorAll("[data-of=edit]")) one.remove();
    document.querySelector(".work > .lock")?.remove();
    document.dispatchEvent(new CustomEvent("desk:editing", { detail: { entry: null } }));
    stands("");
    Object.assign(part("save"), { value: "draft" }).firstElementChild.hidden = false;
  }
  elements.idempotency_key.value = fresh();
  fill(fields.blank);
  baseline.begins();
  baseline.ends();
  told("");
  wrong([]);
}

function notice(kind, text, ...more) {
  const box = document.createElement("p");
  box.className = `notice ${kind}`;
  box.setAttribute("role", kind === "bad" ? "alert" : "status");
  box.append(text, ...more);
  notices.replaceChildren(box);
  if (kind === "bad") box.scrollIntoView({ block: "nearest" }); // on a phone the button is far below it
}

/** The session has ended. Nobody is asked in mid-sentence: the way on stands beside what was written. */
function signedOut(error = null, refusal = "") {
  const text = refusal
    ? "Signed out, and this device keeps nothing."
    : draft.saved
      ? "Signed out."
      : "Signed out: kept on this device only.";
  if (status.firstElementChild && status.firstChild.data === `${text} `) return;
  status.replaceChildren(
    `${text} `,
    button("Sign in", () => signIn(error)),
  );
}

function wrong(errors) {
  const first = fields.wrong(errors);
  rich.tell();
  (first === area ? rich : first)?.focus?.();
}

function open(name) {
  elements[name].closest("details")?.setAttribute("open", "");
  elements[name].focus();
}

function publish() {
  rich.flush();
  form.requestSubmit(form.querySelector(".foot .main"));
}

// --- the form

form.removeAttribute("data-guard");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  submission.send(event.submitter?.value ?? "");
});
form.addEventListener(
  "invalid",
  (event) => {
    if (Date.now() - submission.sent > TWICE || !baseline.pristine) return;
    event.preventDefault(); // the second of two quick clicks: what it was meant for is sent
    event.stopPropagation();
  },
  true,
);
for (const name of ["input", "change"]) {
  form.addEventListener(name, ({ target }) => {
    if (name === "input" && target === area && !area.classList.contains("under")) completion.look(typed);
    if (!fields.has(target) || (name === "change" && target === area)) return;
    if (target !== area) attributes.show();
    changed();
  });
}
area.addEventListener("keydown", (event) => completion.key(event));
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey) {
    event.stopPropagation(); // forms.js would send it again, past the question for a description
    if (!event.repeat) publish();
  } else if (!event.target.matches("input")) return;
  else if (event.target.matches("[type=checkbox], [type=file]")) return;
  else rich.focus(); // half an update is published by nobody's Enter
  event.preventDefault();
});
area.addEventListener("blur", () => completion.close());

adding(form, { attributes, open });
setInterval(nameMain, 15_000); // an hour passes

beforeSignOut.push(async () => {
  rich.flush();
  await draft.keep();
  await draft.send();
  return !draft.safe || pictures.passing;
});
for (const name of ["pagehide", "visibilitychange"]) {
  addEventListener(name, () => {
    rich.flush();
    draft.keep();
    if (document.hidden) draft.send();
  });
}
addEventListener("beforeunload", (event) => {
  rich.flush();
  if (!draft.safe || pictures.passing) event.preventDefault();
});
addEventListener("online", () => draft.send());
document.addEventListener("desk:signed-out", () => signedOut());
document.addEventListener("desk:signed-in", () => {
  if (status.firstElementChild) told("");
  draft.send();
});

for (const one of form.querySelectorAll("[data-scripted]")) one.hidden = false;
preview.by(part("look"));
nameMain();
// The caret is in the text of what is edited.
focusing(() => {
  const lost = [document.body, form, area, elements.correction].includes(document.activeElement);
  if (!editing || "unsent" in form.dataset || !lost) return;
  rich.focus();
});
if (form.dataset.editor) rich.load(form.dataset.editor);
const set = pictures.set(came.now);
if (came.files.length) await pictures.add(came.files, came.said);
const early = !baseline.pristine; // typed before this ran, put back by the browser, or refused
if (early) changed();
await set;
recovery.restore(early).then(() => recovery.offer(part("closed")));
outboxList.show();
