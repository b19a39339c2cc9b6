// The composer: a plain form, made quicker and safer. What is typed is kept on this device and on the server, what is sent
// goes through the outbox; without this script the form posts itself.
import { Chips } from "./chips.js";
import { adding, commands } from "./commands.js";
import { Completion, plain } from "./completion.js";
import { before, outbox, user } from "./device.js";
import { button } from "./dialogs.js";
import { Draft, found } from "./drafts.js";
import { Fields } from "./fields.js";
import { forget } from "./files.js";
import { Intake } from "./intake.js";
import { done } from "./outcome.js";
import { media } from "./outbox.js";
import { ofForm, Pictures, sight } from "./pictures.js";
import { Preview } from "./preview.js";
import { Rich } from "./rich.js";
import { ask, Offline } from "./session.js";
import { Shelf } from "./shelf.js";
import { fresh } from "./storage.js";
import { Unsent } from "./unsent.js";
import { Versions } from "./versions.js";

const form = document.getElementById("composer");
const { elements } = form;
const { slug, editing = "" } = form.dataset;
const here = `/desk/stories/${slug}`;
const area = elements.body;
const part = (name) => form.querySelector(`[data-part=${name}]`) ?? document.querySelector(`[data-part=${name}]`);
const [status, chosen, notices] = ["status", "chosen", "notices"].map(part);
let held = ofForm(); // the pictures that it begins with
const fields = new Fields(form);
const contributes = form.dataset.role === "contributor";
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

const tab = fresh(); // what was written here comes back here
let edited = editing; // the entry that is edited; "" for a new one
let start = JSON.stringify(fields.values); // what the form held before anybody typed, or when it was sent
let startPictures = "[]";
let opened = null; // what it held before it was sent
let reminded = false; // of descriptions that are missing
let busy = false; // what stands in the form is on its way

const say = (text) => void (part("said").textContent = text);
const told = (text) => void (status.textContent = text);

const kept = () => ({ ...fields.values, rev: elements.rev?.value ?? "", idempotency_key: elements.idempotency_key.value, pictures: pictures.value });
const draft = new Draft({ user, slug, of: editing || "new", told, differs: (other) => versions.differs(other), gone: (error) => versions.gone(error) });
const pictures = new Pictures(part("pictures"), { user, draft: () => draft.id, changed, say });
const intake = new Intake(form, { pictures, card: part("card") });
const shelf = new Shelf(part("drafts"), { user, slug }, goOnWith);
const unsent = new Unsent(part("outbox"), {
  outbox,
  slug,
  again,
  waiting: told,
  idle: () => /^(Sending|Offline)/.test(status.textContent) && told(""),
});
const versions = new Versions({
  ...{ form, here, slug, user, draft, pictures, notices, kept, fill, changed, told, notice, discarded, keepAsDraft },
  edited: () => edited,
  rich: () => rich,
  preview: () => preview.body(),
  shelve: async () => shelf.show(await found({ user, slug, own: draft.key })),
});
const chips = new Chips(form, chosen, changed);
const preview = new Preview(part("preview"), {
  url: `${here}/preview`,
  body: () => new URLSearchParams({ ...fields.sendable, ...(edited && { entry: edited }), ...media(pictures.value.filter(({ medium }) => medium)) }),
});

const options = (id) => [...document.getElementById(id).options].map(({ value }) => value);
const completion = new Completion(
  commands({
    form,
    chips,
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
  say,
  look: (surface) => completion.look(surface),
  pasted: (event) => intake.pasted(event),
  key(event) {
    if (completion.key(event)) return true;
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return false;
    publish();
    return true;
  },
});

const pristine = () => JSON.stringify(fields.values) === start && sight(pictures.value) === startPictures;

/** What stands in the form now is what it begins with. */
function begins() {
  start = JSON.stringify(fields.values);
  startPictures = sight(pictures.value);
}

function changed() {
  reminded = false;
  preview.changed();
  if (pristine()) {
    told("");
    draft.drop();
  } else draft.changed(kept());
}

function fill(values) {
  fields.values = values;
  if (values.idempotency_key) elements.idempotency_key.value = values.idempotency_key;
  if (values.rev && elements.rev) elements.rev.value = values.rev;
  rich.refresh();
  chips.show();
  preview.changed();
  return pictures.set(values.pictures ?? []);
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
    form.querySelector(".foot .main").textContent = contributes ? "Submit" : "Publish";
    Object.assign(part("save"), { value: "draft", hidden: false }).firstElementChild.hidden = false;
  }
  elements.idempotency_key.value = fresh();
  fill(fields.blank);
  begins();
  busy = false;
  told("");
  wrong([]);
}

function notice(kind, text, ...more) {
  const box = document.createElement("p");
  box.className = `notice ${kind}`;
  box.setAttribute("role", kind === "bad" ? "alert" : "status");
  box.append(text, ...more);
  notices.replaceChildren(box);
}

function wrong(errors) {
  const first = fields.wrong(errors);
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

/** Hands what was written to the outbox; `action` is the button's. */
async function send(action) {
  rich.flush();
  if (busy) {
    notice("", "The last change is still on its way. What you typed since is kept as a draft, and can be sent after it.");
    return;
  }
  const missing = pictures.undescribed;
  if (missing.length && !reminded) {
    reminded = true;
    const which = missing.length === 1 ? "A picture has" : `${missing.length} pictures have`;
    notice("bad", `${which} no description for those who cannot see it. Add it, or publish again without.`);
    missing[0].focus();
    return;
  }
  wrong([]);
  notices.replaceChildren();
  completion.close();
  part("card").hidden = true;
  const values = kept();
  const { id, key, version } = draft.handOver();
  const item = {
    tab,
    slug,
    edits: edited,
    title: (values.headline || values.body).replace(/\s+/g, " ").trim().slice(0, 80),
    url: edited ? `${here}/outbox/${edited}` : `${here}/outbox`,
    fields: { ...fields.sendable, idempotency_key: values.idempotency_key, rev: values.rev, draft: key, action, ...(edited && elements.correcting && { correcting: "1" }) },
    pictures: pictures.value,
    values,
  };
  if (edited) goes();
  else anew();
  told("Sending…");
  try {
    await outbox.add(item, id);
  } catch {
    // This device keeps nothing: the form does until the server has answered.
    draft.begin(key, version);
    if (!edited) await fill(values);
    draft.changed(kept());
    await straight(item);
  }
  rich.focus();
}

/** What stands in the form is on its way: what is typed from here on is a draft of its own. */
function goes() {
  opened = [start, startPictures];
  begins();
  busy = true;
}

function comesBack() {
  if (opened) [start, startPictures] = opened;
  opened = null;
  busy = false;
}

/** Sends past the outbox, which this device has no room for. */
async function straight(item) {
  await pictures.settle();
  const left = pictures.unsent;
  const go = async () => {
    notices.replaceChildren();
    goes();
    told("Sending…");
    try {
      const { content } = await ask(item.url, { method: "POST", body: new URLSearchParams({ ...item.fields, ...media(pictures.value.filter(({ medium }) => medium)) }) });
      draft.begin();
      arrived(item, content);
    } catch (error) {
      comesBack();
      told("");
      if (error.said?.entry) return versions.both(error.said.entry);
      notice("bad", `Not sent: ${error instanceof Offline ? "the server does not answer" : error.message}. This device keeps nothing: stay on this page, and send it again.`);
      wrong(error.said?.errors ?? []);
    }
    return undefined;
  };
  if (!left.length) return go();
  comesBack();
  told("");
  return notice("bad", `This device cannot keep what is to be sent, and ${left.join(", ")} did not reach the server. `, button(left.length === 1 ? "Send without it" : "Send without them", go));
}

/** The server has what was sent. What was typed since goes on as an edit of it. */
function arrived(item, entry) {
  rich.flush();
  const [word, text] = done(item, entry, contributes);
  if (!busy || item.edits !== edited) {
    if (!edited) history.replaceState(history.state, "", `${here}?saved=${word}`);
    told("");
    notice("good", text);
  } else if (edited) {
    elements.rev.value = entry.rev;
    const more = !pristine();
    comesBack();
    if (!more) return location.assign(`${here}?saved=${word}`);
    goOn(item, entry);
    notice("good", `${text} What you typed since is kept as a draft.`);
  } else if (pristine()) {
    anew();
    notice("good", text);
  } else {
    comesBack();
    elements.idempotency_key.value = fresh();
    draft.changed(kept());
    notice("good", `${text} What you typed since is still here.`);
  }
  document.dispatchEvent(new CustomEvent("desk:sent", { detail: entry }));
  return undefined;
}

/** The form is an edit of the revision that was made of it; a field that nobody touched since is as the server has it. */
function goOn(item, entry) {
  const now = fields.values;
  const theirs = fields.shaped(entry.form);
  const touched = Object.entries(now).filter(([name, value]) => value !== fields.shaped(item.values)[name]);
  pictures.arrived(item.pictures);
  startPictures = sight(item.pictures);
  held = item.pictures;
  fields.values = theirs;
  start = JSON.stringify(fields.values);
  fields.values = { ...theirs, ...Object.fromEntries(touched) };
  if (elements.correcting) {
    elements.correcting.remove();
    elements.correction.required = false;
    form.querySelector(".foot .main").textContent = "Save changes";
  }
  elements.idempotency_key.value = fresh();
  chips.show();
  draft.changed(kept());
}

/** Takes up again what waits in the outbox or was refused. */
async function again(item) {
  if (item.edits !== edited) {
    await keepAsDraft(item);
    location.assign(item.edits ? `${here}?edit=${item.edits}#composer` : `${here}#composer`);
    return;
  }
  rich.flush();
  const inForm = busy && item.tab === tab; // with what was typed since
  const more = inForm && !pristine();
  if (!inForm && !pristine()) {
    draft.changed(kept());
    await draft.keep();
    draft.send();
    draft.begin();
  }
  comesBack();
  // What was refused is not there: if its key is, it stands for something else.
  const values = item.state === "refused" ? { ...item.values, idempotency_key: fresh() } : item.values;
  if (!more) await fill(values);
  draft.changed(kept());
  if (await draft.keep()) await outbox.drop(item.id);
  if (item.theirs) versions.both(item.theirs);
  else if (item.reason) {
    if (!item.errors.some(({ field }) => elements[field])) notice("bad", `Not sent: ${item.reason}`);
    else notice("bad", "Not sent. What you typed is still here.");
    wrong(item.errors);
  }
}

/** A post that goes back to being a draft, for the page that can show it. */
async function keepAsDraft(item) {
  const one = new Draft({ user, slug, of: item.edits || "new" });
  one.changed(item.values);
  if ((await one.keep()) && item.id) await outbox.drop(item.id);
}

// --- drafts that were left

async function restore() {
  const all = await found({ user, slug, own: draft.key });
  const prefix = `${edited || "new"}.`;
  const mine = all.filter(({ key }) => key.startsWith(prefix));
  const one = mine.find(({ theirs }) => theirs) ?? mine[0]; // a question that nobody answered comes first
  const up = one && pristine() && !form.querySelector("[aria-invalid]");
  if (up) await takeUp(one);
  shelf.show(up ? all.filter((other) => other !== one) : all);
}

async function takeUp(one) {
  draft.begin(one.key, one.version);
  await fill(one.fields);
  if (one.theirs) draft.differ({ ...one.theirs, at: new Date(one.theirs.at).toISOString() });
  else if (one.dirty) draft.changed(kept());
  notice("", `Your draft of ${clock.format(new Date(one.at))} is back. `, button("Discard it", discarded, "plain"));
  told(`Saved ${clock.format(new Date(one.at))}`);
}

/** The form is as it was before anybody typed. */
async function discarded() {
  const written = pictures.value;
  const dropped = draft.drop();
  fill({ ...JSON.parse(start), pictures: held });
  notices.replaceChildren();
  told("Discarded");
  rich.focus();
  await dropped;
  await forget(user, written).catch(() => {});
}

async function goOnWith(one) {
  const [of] = one.key.split(".");
  if (of !== (edited || "new")) return location.assign(of === "new" ? here : `${here}?edit=${of}#composer`);
  if (!pristine()) {
    draft.changed(kept());
    await draft.keep();
    draft.send();
    draft.begin();
  }
  await takeUp(one);
  return restore();
}

outbox.addEventListener("sent", ({ detail: { item, entry } }) => item.tab === tab && arrived(item, entry));

outbox.addEventListener("refused", ({ detail: { item } }) => {
  if (item.tab !== tab) return;
  if ((item.edits && busy && item.edits === edited) || (!item.edits && !edited && pristine())) again(item);
  else say(`An update was not accepted: ${item.reason}`);
});

outbox.addEventListener("delayed", ({ detail: { item } }) => {
  if (!busy || item.tab !== tab) return;
  rich.flush();
  if (!pristine()) return; // it goes on where it is
  anew(); // it waits in the outbox: on with the next one
  history.replaceState(history.state, "", here);
});

// --- the form

form.removeAttribute("data-guard");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  send(event.submitter?.value ?? "");
});
for (const name of ["input", "change"]) {
  form.addEventListener(name, ({ target }) => {
    if (name === "input" && target === area && !area.classList.contains("under")) completion.look(typed);
    if (!fields.has(target) || (name === "change" && target === area)) return;
    if (target !== area) chips.show();
    changed();
  });
}
area.addEventListener("keydown", (event) => completion.key(event));
area.addEventListener("blur", () => completion.close());

adding(form, { chips, open });

before.push(async () => {
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
  if (!draft.safe) event.preventDefault();
});
addEventListener("online", () => draft.send());

for (const one of form.querySelectorAll("[data-scripted]")) one.hidden = false;
preview.by(part("look"));
if (form.dataset.editor) rich.load(form.dataset.editor);
await pictures.set(held);
startPictures = sight(pictures.value);
restore();
unsent.show();
