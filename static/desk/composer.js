// The composer: a plain form, made quicker and safer. What is typed is kept on this device and on the server, what is sent
// goes through the outbox; without this script the form posts itself.
import { Chips } from "./chips.js";
import { commands } from "./commands.js";
import { Completion, plain } from "./completion.js";
import { before, outbox, user } from "./device.js";
import { button, choose } from "./dialogs.js";
import { discard, Draft, found } from "./drafts.js";
import { media } from "./outbox.js";
import { Pictures } from "./pictures.js";
import { conflict, Preview } from "./preview.js";
import { Rich } from "./rich.js";
import { ask } from "./session.js";
import { fresh } from "./storage.js";

const form = document.getElementById("composer");
const { elements } = form;
const { slug, editing = "" } = form.dataset;
const here = `/desk/stories/${slug}`;
const area = elements.body;
const part = (name) => form.querySelector(`[data-part=${name}]`) ?? document.querySelector(`[data-part=${name}]`);
const [status, chosen, notices] = ["status", "chosen", "notices"].map(part);
// The plain form's own fields for media: here they are pictures that can be moved.
const plainMedia = document.getElementById("f-media");
const held = [...(plainMedia?.querySelectorAll(".medium-fields") ?? [])].map((one) => {
  const value = (name) => one.querySelector(`[name$="-${name}"]`)?.value ?? "";
  return { medium: value("id"), url: one.querySelector("img")?.src, alt: value("alt"), caption: value("caption"), credit: value("credit") };
});
plainMedia?.remove();
const KINDS = new Set(["hidden", "submit", "button", "file"]);
const named = [...elements].filter(({ name, type }) => name && !KINDS.has(type));
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

const SENT = {
  published: ["published", "Published. Readers have it."],
  submitted: ["submitted", "Submitted. An editor will look at it."],
  scheduled: ["scheduled", "Scheduled."],
  draft: ["draft", "Saved as a draft."],
};

const read = () => Object.fromEntries(named.map((field) => [field.name, field.type === "checkbox" ? (field.checked ? field.value : "") : field.value]));
const blank = () => Object.fromEntries(named.map((field) => [field.name, field.type === "checkbox" ? "" : (field.options?.[0].value ?? "")]));

const tab = fresh(); // what was written here comes back here
let edited = editing; // the entry that is edited; "" for a new one
let start = JSON.stringify(read()); // what the form held before anybody typed
let startPictures = "[]";
let reminded = false; // of descriptions that are missing
let busy = false; // an edit is on its way

const say = (text) => {
  part("said").textContent = text;
};
const told = (text) => {
  status.textContent = text;
};

const draft = new Draft({ user, slug, of: editing || "new", told, differs });
const pictures = new Pictures(part("pictures"), { user, changed, say });
const chips = new Chips(form, chosen, changed);
const preview = new Preview(part("preview"), {
  url: `${here}/preview`,
  body: () => new URLSearchParams({ ...sendable(), ...(edited && { entry: edited }), ...media(pictures.value.filter(({ medium }) => medium)) }),
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
  pasted,
  key(event) {
    if (completion.key(event)) return true;
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return false;
    publish();
    return true;
  },
});

/** The fields as the form would send them. */
function sendable() {
  return Object.fromEntries(Object.entries(read()).filter(([, value]) => value !== ""));
}

const kept = () => ({ ...read(), rev: elements.rev?.value ?? "", idempotency_key: elements.idempotency_key.value, pictures: pictures.value });
const pristine = () => JSON.stringify(read()) === start && JSON.stringify(pictures.value) === startPictures;

function changed() {
  if (busy) return;
  reminded = false;
  preview.changed();
  if (pristine()) {
    told("");
    draft.drop();
  } else draft.changed(kept());
}

function fill(values) {
  for (const field of named) {
    const value = values[field.name] ?? "";
    if (field.type === "checkbox") field.checked = value !== "";
    else field.value = value;
  }
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
  }
  elements.idempotency_key.value = fresh();
  fill(blank());
  start = JSON.stringify(read());
  startPictures = "[]";
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

/** Says at every field what is wrong with it. */
function wrong(errors) {
  for (const element of form.querySelectorAll("[data-wrong]")) element.remove();
  for (const element of form.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
  for (const { field, message } of errors) {
    const control = elements[field];
    if (!control?.id) continue;
    control.setAttribute("aria-invalid", "true");
    const text = Object.assign(document.createElement("p"), { className: "wrong", textContent: message, id: `${control.id}-wrong` });
    text.dataset.wrong = "";
    (control.closest("p") ?? control).after(text);
    control.setAttribute("aria-describedby", text.id);
    control.closest("details")?.setAttribute("open", "");
  }
  if (errors.length) (errors[0].field === "body" ? rich : elements[errors[0].field])?.focus?.();
}

function open(name) {
  elements[name].closest("details")?.setAttribute("open", "");
  elements[name].focus();
}

function publish() {
  rich.flush();
  form.requestSubmit(form.querySelector("button.main"));
}

/** Hands what was written to the outbox. */
async function send() {
  if (busy) return;
  rich.flush();
  const missing = pictures.undescribed;
  if (missing.length && !reminded) {
    reminded = true;
    notice("bad", `${missing.length === 1 ? "A picture has" : `${missing.length} pictures have`} no description for those who cannot see it. Add it, or publish again without.`);
    missing[0].focus();
    return;
  }
  wrong([]);
  notices.replaceChildren();
  completion.close();
  part("card").hidden = true;
  const values = kept();
  const { id: draftId, key } = draft.handOver();
  const item = {
    tab,
    slug,
    edits: edited,
    title: (values.headline || values.body).replace(/\s+/g, " ").trim().slice(0, 80),
    url: edited ? `${here}/outbox/${edited}` : `${here}/outbox`,
    fields: { ...sendable(), idempotency_key: values.idempotency_key, rev: values.rev, draft: key, ...(edited && elements.correcting && { correcting: "1" }) },
    pictures: pictures.value,
    values,
  };
  told("Sending…");
  if (edited) busy = true;
  else anew();
  told("Sending…");
  try {
    await outbox.add(item, draftId);
  } catch (error) {
    // No room on this device: the form itself still works.
    busy = false;
    await fill(values);
    notice("bad", `This device cannot keep what is to be sent (${error.message}). `, button("Send without that", () => HTMLFormElement.prototype.submit.call(form)));
  }
  rich.focus();
}

/** Takes up again what waits in the outbox or was refused. */
async function again(item) {
  if (item.edits && item.edits !== edited) {
    await keepAsDraft(item);
    location.assign(`${here}?edit=${item.edits}#composer`);
    return;
  }
  if (!item.edits && edited) {
    await keepAsDraft(item);
    location.assign(`${here}#composer`);
    return;
  }
  if (!busy && !pristine()) {
    rich.flush();
    draft.changed(kept());
    await draft.keep();
    draft.send();
    draft.begin();
  }
  busy = false;
  // What was refused is not there: if its key is, it stands for something else.
  await fill(item.state === "refused" ? { ...item.values, idempotency_key: fresh() } : item.values);
  await outbox.drop(item.id);
  draft.changed(kept());
  if (item.theirs) both(item.theirs);
  else if (item.reason) {
    if (!item.errors.some(({ field }) => elements[field])) notice("bad", `Not sent: ${item.reason}`);
    else notice("bad", "Not sent. What you typed is still here.");
    wrong(item.errors);
  }
  told(`Saved on this device ${clock.format()}`);
}

/** A post that goes back to being a draft, for the page that can show it. */
async function keepAsDraft(item) {
  const one = new Draft({ user, slug, of: item.edits || "new", told: () => {}, differs: () => {} });
  one.changed(item.values);
  await one.keep();
  await outbox.drop(item.id);
}

async function both(theirs) {
  rich.flush();
  const mine = { text: [elements.headline.value, area.value].filter(Boolean).join("\n\n"), html: "" };
  try {
    mine.html = (await ask(`${here}/preview`, { method: "POST", body: preview.body(), quietly: true })).content.html;
  } catch {
    // The text alone does as well.
  }
  const on = () => {
    elements.rev.value = theirs.rev;
    changed();
    rich.focus();
  };
  conflict(notices, {
    theirs,
    mine,
    keep: on,
    take() {
      fill({ ...theirs.form, pictures: pictures.value, idempotency_key: fresh() }).then(on);
    },
    join() {
      area.value = `${area.value.trimEnd()}\n\n${theirs.form.body}`;
      rich.refresh();
      on();
    },
  });
}

async function differs(other) {
  const at = clock.format(new Date(other.at));
  const answer = await choose("Two versions of this draft", `This draft was changed on another device at ${at}. Which one do you want to go on with? The other one stays among your drafts.`, [["mine", "This one", "main"], ["theirs", `The one of ${at}`]]);
  rich.flush();
  const mine = kept();
  const one = new Draft({ user, slug, of: edited || "new", told: () => {}, differs: () => {} });
  one.changed({ ...(answer === "theirs" ? mine : other.fields), idempotency_key: fresh() }); // it may be sent as well
  await one.keep();
  await one.send();
  one.begin(); // lets go of what it kept
  if (answer === "theirs") await fill(other.fields);
  draft.changed(kept());
  await draft.send();
  others(await found({ user, slug, own: draft.key }));
}

// --- drafts that were left

async function restore() {
  const all = await found({ user, slug, own: draft.key });
  const prefix = `${edited || "new"}.`;
  const mine = all.filter(({ key }) => key.startsWith(prefix));
  let rest = all;
  if (mine.length && pristine() && !form.querySelector("[aria-invalid]")) {
    const [one] = mine;
    rest = all.filter((other) => other !== one);
    await takeUp(one);
  }
  others(rest);
}

async function takeUp(one) {
  draft.begin(one.key, one.version);
  await fill(one.fields);
  if (one.theirs) differs({ ...one.theirs, at: new Date(one.theirs.at).toISOString() });
  else if (one.dirty) draft.changed(kept());
  notice("", `Your draft of ${clock.format(new Date(one.at))} is back. `, button("Discard it", () => {
    draft.drop();
    fill({ ...JSON.parse(start), pictures: JSON.parse(startPictures) });
    notices.replaceChildren();
    told("Discarded");
    rich.focus();
  }, "plain"));
  told(`Saved ${clock.format(new Date(one.at))}`);
}

function others(drafts) {
  const box = part("drafts");
  box.hidden = !drafts.length;
  box.querySelector("summary").textContent = drafts.length === 1 ? "Another draft of yours" : `${drafts.length} other drafts of yours`;
  box.querySelector("ul").replaceChildren(
    ...drafts.map((one) => {
      const item = document.createElement("li");
      const [of] = one.key.split(".");
      const text = Object.assign(document.createElement("span"), { dir: "auto", textContent: (one.fields.headline || one.fields.body || "Pictures").replace(/\s+/g, " ").slice(0, 80) });
      const at = Object.assign(document.createElement("small"), { textContent: `${of === "new" ? "" : "an edit, "}${clock.format(new Date(one.at))}` });
      const on = button("Go on with it", async () => {
        if (of !== (edited || "new")) return location.assign(of === "new" ? here : `${here}?edit=${of}#composer`);
        if (!pristine()) {
          draft.changed(kept());
          await draft.keep();
          draft.send();
          draft.begin();
        }
        await takeUp(one);
        return restore();
      });
      const off = button("Discard", async () => {
        await discard({ user, slug }, one.key);
        others(drafts.filter((other) => other !== one));
      });
      item.append(text, at, on, off);
      return item;
    }),
  );
}

// --- the outbox

const LATE = 700; // milliseconds after which something that is on its way is worth a line

async function show() {
  const items = (await outbox.items()).filter((item) => item.slug === slug);
  const young = items.filter(({ state, at }) => state !== "refused" && navigator.onLine && Date.now() - at < LATE);
  const worth = items.filter((item) => !young.includes(item));
  if (young.length) setTimeout(show, LATE);
  const box = part("outbox");
  box.hidden = !worth.length;
  const words = { waiting: navigator.onLine ? "Waiting for the server" : "Waiting for the network", sending: "Sending…", refused: "Not accepted" };
  box.querySelector("ol").replaceChildren(
    ...worth.map((item) => {
      const line = document.createElement("li");
      line.dataset.state = item.state;
      const text = Object.assign(document.createElement("span"), { dir: "auto", textContent: item.title });
      const state = Object.assign(document.createElement("b"), { textContent: words[item.state] });
      const reason = Object.assign(document.createElement("small"), { textContent: item.state === "refused" ? item.reason : item.edits ? "an edit" : "" });
      line.append(state, text, reason);
      if (item.state !== "sending") line.append(button("Edit again", () => again(item)));
      if (item.state === "waiting") line.append(button("Send now", () => outbox.hurry()));
      if (item.state === "refused") line.append(button("Discard", () => outbox.drop(item.id)));
      return line;
    }),
  );
  const waiting = items.filter(({ state }) => state !== "refused").length;
  if (!items.length && /^(Sending|Offline)/.test(status.textContent)) told("");
  if (worth.length && waiting) told(navigator.onLine ? "Sending…" : `Offline: ${waiting} ${waiting === 1 ? "update waits" : "updates wait"} here`);
}

outbox.addEventListener("changed", show);
addEventListener("offline", show);

outbox.addEventListener("sent", ({ detail: { item, entry } }) => {
  if (item.tab !== tab) return;
  if (item.edits && busy && item.edits === edited) {
    const saved = form.dataset.role === "contributor" ? "submitted" : "saved";
    busy = false;
    draft.begin();
    location.assign(`${here}?saved=${saved}`);
    return;
  }
  const [word, text] = item.edits ? ["saved", "Saved. Readers have it."] : (SENT[entry.status] ?? SENT.published);
  if (!edited) history.replaceState(history.state, "", `${here}?saved=${word}`);
  told("");
  notice("good", text);
  document.dispatchEvent(new CustomEvent("desk:sent", { detail: entry }));
});

outbox.addEventListener("refused", ({ detail: { item } }) => {
  if (item.tab !== tab) return;
  if ((item.edits && busy && item.edits === edited) || (!item.edits && !edited && pristine())) again(item);
  else say(`An update was not accepted: ${item.reason}`);
});

outbox.addEventListener("delayed", () => {
  if (!busy) return;
  anew(); // it waits in the outbox: on with the next one
  history.replaceState(history.state, "", here);
});

// --- pasting, dropping and choosing

const PICTURES = /^(image|video|audio)\//;

/** Whether it was taken here: files become pictures. */
function pasted(event) {
  const data = event.clipboardData ?? event.dataTransfer;
  const files = [...(data?.files ?? [])].filter(({ type }) => PICTURES.test(type));
  // A spreadsheet or a word processor also puts a picture of the text on the clipboard.
  if (files.length && !data.types.includes("text/html")) {
    event.preventDefault();
    pictures.add(files);
    return true;
  }
  const text = data?.getData("text/plain").trim() ?? "";
  if (/^https?:\/\/\S+$/.test(text)) card(text);
  return false;
}

/** What readers will get of a link that stands alone. */
async function card(url) {
  const box = part("card");
  box.hidden = true;
  try {
    const { content } = await ask("/api/embeds", { method: "POST", body: JSON.stringify({ url }), headers: { "Content-Type": "application/json" }, quietly: true });
    const words = [["small", [content.provider, content.author].filter(Boolean).join(" · ")], ["b", content.title], ["span", content.text]];
    const { picture } = content;
    const small = picture?.variants.find(({ type }) => type === "image/jpeg");
    const shown = small && Object.assign(new Image(small.width, small.height), { src: new URL(small.url).pathname, alt: `Picture that ${content.provider} shows for this link` });
    box.replaceChildren(
      ...words.filter(([, text]) => text).map(([tag, text]) => Object.assign(document.createElement(tag), { textContent: text, dir: "auto" })),
      ...(shown && document.documentElement.dataset.pictures !== "off" ? [shown] : []),
      button("Hide", () => (box.hidden = true), "plain"),
    );
    box.hidden = false;
  } catch {
    // It stays a link.
  }
}

for (const name of ["dragover", "drop"]) {
  form.addEventListener(name, (event) => {
    if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (name === "drop") pasted(event);
  });
}
area.addEventListener("paste", pasted);
for (const name of ["picture", "camera"]) {
  elements[name].addEventListener("change", ({ target }) => {
    const files = [...target.files];
    target.value = "";
    pictures.add(files);
  });
}

// --- the form

form.removeAttribute("data-guard");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  send();
});
form.addEventListener("input", ({ target }) => {
  if (target === area && !area.classList.contains("under")) completion.look(typed);
  if (named.includes(target)) {
    if (target !== area) chips.show();
    changed();
  }
});
form.addEventListener("change", ({ target }) => {
  if (named.includes(target) && target !== area) {
    chips.show();
    changed();
  }
});
area.addEventListener("keydown", (event) => completion.key(event));
area.addEventListener("blur", () => completion.close());

const ADD = {
  place: () => open("dateline"),
  time: () => open("occurred_at"),
  schedule: () => open("publish_at"),
  topic: () => open("topics"),
  label: () => open("labels"),
  credit: () => chips.credit(),
  source: () => chips.source(),
  picture: () => elements.picture.click(),
  camera: () => elements.camera.click(),
};
for (const one of form.querySelectorAll("[data-add]")) one.addEventListener("click", () => ADD[one.dataset.add]());

const looking = part("look");
const PREVIEW = "liveblog-desk-preview";
looking.addEventListener("click", () => {
  preview.toggle(!preview.on);
  looking.setAttribute("aria-expanded", String(preview.on));
  localStorage.setItem(PREVIEW, preview.on ? "on" : "");
});

before.push(async () => {
  rich.flush();
  await draft.keep();
  await draft.send();
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
if (localStorage.getItem(PREVIEW)) looking.click();
if (form.dataset.editor) rich.load(form.dataset.editor);
await pictures.set(held);
startPictures = JSON.stringify(pictures.value);
restore();
show();
