// Where there is more than one version of what is being written: an entry's, a draft's on two devices, or one that is gone.
import { button, choose } from "./dialogs.js";
import { Draft } from "./drafts.js";
import { conflict } from "./preview.js";
import { ask } from "./session.js";
import { fresh } from "./storage.js";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

export class Versions {
  #page;

  /** `page` is the composer's: its form, and what can be done with it. */
  constructor(page) {
    this.#page = page;
  }

  /** Somebody else saved the entry first: `theirs` beside what is in the form. */
  async both(theirs) {
    const { form: { elements }, here, notices, pictures, rich, preview, fill, changed } = this.#page;
    rich().flush();
    const mine = { text: [elements.headline.value, elements.body.value].filter(Boolean).join("\n\n"), html: "" };
    try {
      mine.html = (await ask(`${here}/preview`, { method: "POST", body: preview(), quietly: true })).content.html;
    } catch {
      // The text alone does as well.
    }
    const on = () => {
      elements.rev.value = theirs.rev;
      changed();
      rich().focus();
    };
    conflict(notices, {
      theirs,
      mine,
      keep: on,
      take() {
        fill({ ...theirs.form, pictures: pictures.value, idempotency_key: fresh() }).then(on);
      },
      join() {
        elements.body.value = `${elements.body.value.trimEnd()}\n\n${theirs.form.body}`;
        rich().refresh();
        on();
      },
    });
  }

  /** The draft was changed on another device: the writer chooses. */
  async differs(other) {
    const { user, slug, draft, edited, rich, kept, fill, shelve } = this.#page;
    const at = clock.format(new Date(other.at));
    // Whatever becomes of this page now, and of the question: the other version has a place of its own first.
    const one = new Draft({ user, slug, of: edited() || "new" });
    const put = async (fields) => {
      one.changed({ ...fields, idempotency_key: fresh() }); // it may be sent as well
      await one.keep();
      await one.send();
    };
    await put(other.fields);
    const answer = await choose("Two versions of this draft", `This draft was changed on another device at ${at}. Which one do you want to go on with? The other one stays among your drafts.`, [["mine", "This one", "main"], ["theirs", `The one of ${at}`]]);
    rich().flush();
    if (answer === "theirs") {
      await put(kept());
      await fill(other.fields);
    }
    one.begin(); // lets go of what it kept
    draft.settle(other.version);
    draft.changed(kept());
    await draft.send();
    await shelve();
  }

  /** The draft was sent or discarded elsewhere, or its entry was purged. */
  async gone({ message }) {
    const { form: { elements }, here, slug, draft, edited, notices, rich, kept, told, notice, discarded, keepAsDraft } = this.#page;
    // A draft of an entry that is not there could never be sent.
    const entry = edited() && ask(`/api/stories/${slug}/entries/${edited()}`, { quietly: true });
    const purged = entry && (await entry.then(({ content }) => !content.body, ({ status }) => status === 404 || status === 410));
    const text = purged ? "The update was deleted for good, with all drafts of it." : `${message[0].toUpperCase()}${message.slice(1)}.`;
    const on = async () => {
      notices.replaceChildren();
      rich().flush();
      elements.idempotency_key.value = fresh();
      if (!purged) return draft.renew(kept());
      await keepAsDraft({ values: kept() });
      await draft.drop();
      return location.assign(`${here}#composer`);
    };
    told("Kept on this device");
    notice("bad", `${text} What you typed is still here. `, button("Keep as a new draft", on, "main"), " ", button("Discard it", discarded));
  }
}
