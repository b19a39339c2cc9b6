// The composer: connects the modules of an entry's form. Drafts are saved on this device and on the server; sending goes
// through the outbox. Without this script the form posts itself.

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

let edited = editing; // the id of the edited entry; "" for a new one
let lacking = false; // the form says that the text is missing
const TWICE = 1_000; // milliseconds: a second key or click within them means the update that was just sent

const say = (text) => void (part("said").textContent = text);
const HERE = /^(Saving…|Saved on this device)/;
const told = (text) => {
  if (status.firstElementChild && HERE.test(text)) return; // "Signed out" stays
  if (status.textContent !== text) status.textContent = text; // otherwise screen readers read it again
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
/** The composer's interface for its larger modules: recover.js, conflicts.js and submit.js. */
const page = {
  form,
  here, // the path of the story's desk
  slug,
  user, // the user's id
  closed: form.dataset.closed ?? "", // the id of an entry that cannot be edited any more
  notices, // the element above the form
  outbox,
  draft,
  draftList,
  fields,
  pictures,
  baseline,
  edited: () => edited,
  rich: () => rich,
  kept, // the values that a draft stores
  fill,
  stands,
  changed, // to call after a change of the values
  told, // writes into the status line
  notice, // shows a notice above the form
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

/** The earliest time of publication that the author's protection allows, or 0. */
function held() {
  const { delay, held: until, own } = form.dataset;
  if (edited && own === undefined) return Date.parse(until) || 0;
  return delay ? now() + delay * 60_000 : 0;
}

/** The main button says when readers get the update. */
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

/** Removes the outcome of the last update from the address, so that a reload does not show it above the next one. */
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

/** Sets all values of the form. With `undone`, Ctrl+Z in the text restores the previous text. */
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

/** Shows the fields and buttons for an entry of this `status`; "" for a new one. */
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

/** Makes the form one for a new update. */
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
  if (kind === "bad") box.scrollIntoView({ block: "nearest" }); // on a phone it is far above the button
}

/** The session has ended. A button beside the text offers to sign in: a dialog would interrupt the typing. */
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
    event.preventDefault(); // the second of two quick clicks: the update is already sent
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
    event.stopPropagation(); // forms.js would send the form again, without asking for descriptions
    if (!event.repeat) publish();
  } else if (!event.target.matches("input")) return;
  else if (event.target.matches("[type=checkbox], [type=file]")) return;
  else rich.focus(); // Enter in a field must not publish half an update
  event.preventDefault();
});
area.addEventListener("blur", () => completion.close());

adding(form, { attributes, open });
setInterval(nameMain, 15_000); // a time that was in the future may have passed

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
// An edit begins with the caret in the text.
focusing(() => {
  const lost = [document.body, form, area, elements.correction].includes(document.activeElement);
  if (!editing || "unsent" in form.dataset || !lost) return;
  rich.focus();
});
if (form.dataset.editor) rich.load(form.dataset.editor);
const set = pictures.set(came.now);
if (came.files.length) await pictures.add(came.files, came.said);
const early = !baseline.pristine; // typed before this script ran, restored by the browser, or refused by the server
if (early) changed();
await set;
recovery.restore(early).then(() => recovery.offer(part("closed")));
outboxList.show();
