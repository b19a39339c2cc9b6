// Paste, drop and the file dialogs: files become pictures, a link gets a preview of its card, a chat becomes text.
import { button } from "../shared/dialogs.js";
import { notify } from "../shared/notices.js";
import { ask } from "../shared/request.js";
import { addressed } from "./embed-codes.js";
import { failed } from "./link-card.js";

const PICTURES = /^(image|video|audio)\//;
const TAKEN = "Pictures (JPEG, PNG, WebP, GIF), video (MP4, WebM) and sound (MP3, M4A, Ogg) can be added.";

export class Paste {
  #pictures;
  #box;
  #chatPaste;
  #verbatim = false; // Ctrl Shift V

  constructor(form, { pictures, card, chatPaste }) {
    [this.#pictures, this.#box, this.#chatPaste] = [pictures, card, chatPaste];
    form.addEventListener(
      "keydown",
      ({ key, shiftKey }) => (this.#verbatim = shiftKey && key.toLowerCase() === "v"),
      true,
    );
    for (const name of ["dragover", "drop"]) {
      form.addEventListener(name, (event) => {
        if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        if (name === "drop") this.pasted(event);
      });
    }
    form.elements.body.addEventListener("paste", (event) => {
      if (this.pasted(event)) return;
      const text = event.clipboardData?.getData("text/plain") ?? "";
      const address = addressed(text);
      if (address === text) return;
      event.preventDefault();
      document.execCommand("insertText", false, address); // a command, so that Ctrl+Z works
    });
    for (const name of ["picture", "camera"]) {
      form.elements[name].addEventListener("change", ({ target }) => {
        const files = [...target.files];
        target.value = "";
        this.#take(files);
      });
    }
  }

  /** Adds the media among the files, and names the others in a notice. */
  #take(files, { focus = true } = {}) {
    const others = files.filter(({ type }) => !PICTURES.test(type)).map(({ name }) => name);
    if (others.length)
      notify(`${others.join(", ")} ${others.length === 1 ? "was" : "were"} not added. ${TAKEN}`, { kind: "bad" });
    if (others.length < files.length)
      this.#pictures.add(
        files.filter(({ type }) => PICTURES.test(type)),
        {},
        focus,
      );
  }

  /** Handles a paste or a drop; false if the editor must insert the text. */
  pasted(event) {
    const data = event.clipboardData ?? event.dataTransfer;
    const files = [...(data?.files ?? [])];
    // Spreadsheets and word processors also put a picture of the text on the clipboard. A picture from a web page comes with
    // markup that holds no text.
    const words =
      files.length && new DOMParser().parseFromString(data.getData("text/html"), "text/html").body.textContent.trim();
    if (files.length && !words) {
      event.preventDefault();
      this.#take(files, { focus: false });
      return true;
    }
    const text = addressed(data?.getData("text/plain") ?? "").trim();
    if (/^https?:\/\/\S+$/.test(text)) this.#card(text);
    else if (event.type === "paste" && !this.#verbatim && this.#chatPaste.take(text)) {
      event.preventDefault();
      return true;
    }
    return false;
  }

  /** Says how many pictures of the pasted text were left out. */
  left(count) {
    const [were, them] =
      count === 1
        ? ["1 picture was", "it, and add it as a file"]
        : [`${count} pictures were`, "them, and add them as files"];
    notify(`${were} left out: save ${them}.`, { kind: "bad" });
  }

  async #card(url) {
    const box = this.#box;
    box.hidden = true;
    try {
      const { content } = await ask("/api/embeds", {
        method: "POST",
        body: JSON.stringify({ url }),
        headers: { "Content-Type": "application/json" },
        quietly: true,
      });
      const words = [
        ["small", [content.provider, content.author].filter(Boolean).join(" · ")],
        ["b", content.title],
        ["span", content.text],
      ];
      const { picture } = content;
      const small = picture?.variants.find(({ type }) => type === "image/jpeg");
      const shown =
        small &&
        Object.assign(new Image(small.width, small.height), {
          src: new URL(small.url).pathname,
          alt: `Picture that ${content.provider} shows for this link`,
        });
      box.replaceChildren(
        ...words
          .filter(([, text]) => text)
          .map(([tag, text]) => Object.assign(document.createElement(tag), { textContent: text, dir: "auto" })),
        ...(shown && document.documentElement.dataset.pictures !== "off" ? [shown] : []),
        button("Hide", () => (box.hidden = true), "plain"),
      );
      box.hidden = false;
    } catch (error) {
      failed(box, url, error, () => this.#card(url)); // readers get the link
    }
  }
}
