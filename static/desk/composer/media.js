// The pictures, video and sound of an update: added by paste, drop or choice, each with description, caption and credit.

import { forget, file as held, keep, passing } from "../drafts/files.js";
import { fresh } from "../drafts/storage.js";
import { cancel, upload } from "../drafts/uploads.js";
import { button } from "../shared/dialogs.js";
import { labelled, Offline } from "../shared/request.js";

const EDGE = 240; // of a thumbnail, in pixels
const MOST = 20; // in an update (newsroom/forms.py)
const REFUSES = new Set([400, 413, 415, 422]); // statuses for which trying again is useless
const WORDS = ["alt", "caption", "credit"];

/** Removes the media fields of the plain form; `Pictures` replaces them. Returns `first`, the pictures in the HTML; `now`, as
 * somebody changed them before the script ran; `files`, the files chosen since; and `said`, their words. */
export function takeFormMedia() {
  const plain = document.getElementById("f-media");
  plain.remove();
  const all = [...plain.querySelectorAll(".medium-fields")];
  const pictures = (list, property) =>
    list.map((one) => {
      const said = (name) => one.querySelector(`[name$="-${name}"]`)[property];
      return {
        medium: said("id"),
        url: one.querySelector("img")?.src,
        ...Object.fromEntries(WORDS.map((name) => [name, said(name)])),
      };
    });
  return {
    first: pictures(all, "defaultValue"),
    now: pictures(
      all.filter((one) => one.querySelector("[name$=-keep]").checked),
      "value",
    ),
    files: [...plain.querySelector("[name=file]").files],
    said: Object.fromEntries(WORDS.map((name) => [name, plain.querySelector(`[name=new-${name}]`).value])),
  };
}

/** Compares lists of pictures. An upload does not change the fingerprint. */
export const fingerprint = (list) =>
  JSON.stringify(list.map(({ file, medium, alt, caption, credit }) => [file ?? medium, alt, caption, credit]));

export class Pictures {
  #list;
  #items = [];
  #changed;
  #say;
  #user;
  #draft;
  #refuse;
  #adding = null;

  /** `draft()` returns the id of their draft; `refuse(text)` shows why a file was not added. */
  constructor(list, { user, draft, changed, say, refuse }) {
    [this.#list, this.#user, this.#draft, this.#changed, this.#say, this.#refuse] = [
      list,
      user,
      draft,
      changed,
      say,
      refuse,
    ];
    addEventListener("online", () => this.#items.forEach((item) => item.state === "waiting" && this.#upload(item)));
  }

  /** The pictures as a draft and the outbox store them. */
  get value() {
    return this.#items.map(({ file, medium, url, inputs }) => ({
      file,
      medium,
      url,
      ...Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value])),
    }));
  }

  /** The inputs of missing descriptions. */
  get undescribed() {
    return this.#items.map(({ inputs }) => inputs.alt).filter((input) => !input.value.trim());
  }

  /** The remove buttons of pictures that the server refused. */
  get refused() {
    return this.#items.filter(({ state }) => state === "refused").map(({ off }) => off);
  }

  /** Words for the pictures that are not uploaded, with their place in the list. */
  get unsent() {
    const named = ({ inputs }, index) =>
      [`picture ${index + 1}`, inputs.alt.value && `(${inputs.alt.value})`].filter(Boolean).join(" ");
    return this.#items.map((item, index) => (item.medium ? "" : named(item, index))).filter(Boolean);
  }

  /** Whether a picture exists in this page only. */
  get passing() {
    return this.#items.some(({ medium, file }) => !medium && file && passing(file));
  }

  /** Tries every missing upload once more. */
  async settle() {
    await Promise.all(this.#items.filter(({ medium, file }) => !medium && file).map((item) => this.#upload(item)));
  }

  /** The outbox has uploaded these pictures. */
  arrived(pictures) {
    for (const { file, medium, url } of pictures) {
      const item = file && this.#items.find((one) => one.file === file);
      if (!item) continue;
      Object.assign(item, { medium, url });
      this.#state(item, "done");
    }
  }

  /** The promise of the files that are being stored, or null. */
  get adding() {
    return this.#adding;
  }

  /** With `focus`, the focus goes to the description; not so for a paste into the text. */
  add(files, said = {}, focus = true) {
    const adding = Promise.resolve(this.#adding)
      .then(() => this.#add(files, said, focus))
      .finally(() => {
        if (this.#adding === adding) this.#adding = null;
      });
    this.#adding = adding;
    return adding;
  }

  async #add(files, said, focus) {
    const room = Math.max(0, MOST - this.#items.length);
    const over = files.length - room;
    if (over > 0)
      this.#refuse(
        `An update can have ${MOST} files at most. ${over === 1 ? "One was" : String(over) + " were"} not added.`,
      );
    for (const blob of files.slice(0, room)) {
      const file = await keep(this.#user, blob);
      const item = this.#show({ file, ...said });
      this.#draw(item, blob);
      this.#upload(item);
      this.#changed();
      if (focus && this.#items.at(-1) === item) item.inputs.alt.focus();
    }
  }

  async set(pictures) {
    this.#items = [];
    this.#list.replaceChildren();
    this.#list.hidden = true;
    // All at once: a draft that is saved meanwhile must hold every picture.
    await Promise.all(pictures.map((picture) => this.#look(this.#show(picture))));
  }

  async #look(item) {
    const { file, medium, url } = item;
    const kept = file && (await held(file).catch(() => null));
    if (kept) this.#draw(item, kept.blob);
    else if (url) this.#image(item, url);
    if (medium) this.#state(item, "done");
    else if (kept) this.#upload(item);
    else this.#state(item, "failed", "This picture is on the device where it was chosen.");
  }

  #show({ file, medium, url, alt = "", caption = "", credit = "" }) {
    const element = document.createElement("li");
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: EDGE, height: EDGE });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "The picture");
    const id = fresh(4);
    const input = (name, value, hint) => {
      const made = Object.assign(document.createElement("input"), {
        id: `${name}-${id}`,
        value: value ?? "",
        dir: "auto",
        autocomplete: "off",
        placeholder: hint,
      });
      made.addEventListener("input", () => this.#changed());
      made.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
        event.preventDefault(); // Enter would send the form
        if (!event.isComposing) this.#next(made)?.focus();
      });
      return made;
    };
    const inputs = {
      alt: input("alt", alt, "What it shows"),
      caption: input("caption", caption, ""),
      credit: input("credit", credit, "Who took it"),
    };
    const status = Object.assign(document.createElement("p"), { className: "progress" });
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    bar.setAttribute("aria-label", "Upload of the picture");
    const said = document.createElement("span");
    const again = button("Try again", () => this.#upload(item));
    status.append(bar, said, again);
    const item = { file, medium, url, element, canvas, inputs, bar, said, again, state: "" };
    const fields = document.createElement("div");
    fields.append(
      labelled("Description, for those who cannot see it", inputs.alt),
      labelled("Caption", inputs.caption),
      labelled("Credit", inputs.credit),
    );
    const acts = Object.assign(document.createElement("p"), { className: "picture-acts" });
    item.off = button("Remove", () => this.#remove(item));
    acts.append(
      button("Earlier", () => this.#move(item, -1)),
      button("Later", () => this.#move(item, 1)),
      item.off,
    );
    element.append(canvas, fields, status, acts);
    this.#items.push(item);
    this.#list.append(element);
    this.#list.hidden = false;
    this.#number();
    return item;
  }

  async #draw(item, blob) {
    try {
      const bitmap = await createImageBitmap(blob);
      const scale = EDGE / Math.max(bitmap.width, bitmap.height);
      Object.assign(item.canvas, {
        width: Math.max(1, bitmap.width * scale),
        height: Math.max(1, bitmap.height * scale),
      });
      item.canvas.getContext("2d").drawImage(bitmap, 0, 0, item.canvas.width, item.canvas.height);
      bitmap.close();
    } catch {
      item.canvas.remove(); // a video, or a format that the browser cannot show
    }
  }

  #image(item, url) {
    const image = Object.assign(document.createElement("img"), { src: url, alt: item.inputs.alt.value });
    item.canvas.replaceWith(image);
  }

  async #upload(item) {
    this.#state(item, "sending");
    try {
      const { id, url } = await upload(item.file, (share) => (item.bar.value = share));
      Object.assign(item, { medium: id, url });
      this.#state(item, "done");
      this.#changed();
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error instanceof Offline)
        this.#state(
          item,
          "waiting",
          passing(item.file)
            ? "Waits for the network. This device cannot keep it: stay on this page until it is sent."
            : "Waits for the network. You can publish: it is sent with the update.",
        );
      else if (error.status === 404 || error.status === 405)
        this.#state(item, "failed", "This server accepts no pictures.");
      else if (REFUSES.has(error.status))
        this.#state(item, "refused", error.said.errors?.[0]?.message ?? error.message);
      else this.#state(item, "failed", error.message);
    }
  }

  #state(item, state, text = { sending: "Sending…", done: "Ready" }[state]) {
    item.state = state;
    item.element.dataset.state = state;
    item.said.textContent = text;
    item.bar.hidden = state !== "sending";
    item.again.hidden = state !== "failed" && state !== "waiting";
    if (state === "failed" || state === "refused") this.#say(text);
  }

  #move(item, by) {
    const from = this.#items.indexOf(item);
    const to = from + by;
    if (to < 0 || to >= this.#items.length) return;
    this.#items.splice(to, 0, ...this.#items.splice(from, 1));
    const focused = document.activeElement;
    if (by < 0) this.#items[from].element.before(item.element);
    else this.#items[from].element.after(item.element);
    focused.focus();
    this.#number();
    this.#say(`Picture ${to + 1} of ${this.#items.length}`);
    this.#changed();
  }

  async #remove(item) {
    cancel(item.file);
    this.#items.splice(this.#items.indexOf(item), 1);
    item.element.remove();
    this.#list.hidden = !this.#items.length;
    this.#number();
    this.#changed();
    (this.#list.querySelector("button") ?? document.querySelector("#composer [data-add=picture]"))?.focus();
    if (item.file) await forget(this.#user, [item], this.#draft()).catch(() => {});
  }

  #next(input) {
    const all = [...this.#list.querySelectorAll("input")];
    return all[all.indexOf(input) + 1];
  }

  #number() {
    this.#items.forEach(({ element }, index) =>
      element.setAttribute("aria-label", `Picture ${index + 1} of ${this.#items.length}`),
    );
  }
}
