// Conflicts: somebody else changed the entry, another device changed the draft, or one of the two does not exist any more.

import { Draft } from "../drafts/draft.js";
import { fresh } from "../drafts/storage.js";
import { button, choose } from "../shared/dialogs.js";
import { go } from "../shared/navigate.js";
import { ask, sentence } from "../shared/request.js";
import { mergedFields, mergedPictures } from "./merge.js";
import { showConflict } from "./preview.js";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** The field `media` of an entry's form as the list that `Pictures` uses. */
const asPictures = ({ media }) => JSON.parse(media || "[]").map(({ id: medium, ...words }) => ({ medium, ...words }));

export class Conflicts {
  #page;

  /** `page` is the interface of the composer: see `page` in composer.js. */
  constructor(page) {
    this.#page = page;
  }

  /** Somebody else saved the entry first: shows `theirs` beside the form's version. Every answer keeps the changes of only one
   * side. The merge is of the form's values at the time of the answer: the writer may type until then. */
  async both(theirs) {
    const { form, here, notices, pictures, fields, baseline, kept, fill, stands, changed, rich, preview, notice } =
      this.#page;
    const { elements } = form;
    rich().flush();
    stands(theirs.status);
    const mine = { text: [elements.headline.value, elements.body.value].filter(Boolean).join("\n\n"), html: "" };
    try {
      mine.html = (await ask(`${here}/preview`, { method: "POST", body: preview(), quietly: true })).content.html;
    } catch {
      // Without the preview the text is shown.
    }
    const ours = baseline.values; // if the server has no revision in common
    const base = theirs.base
      ? { fields: fields.shaped(theirs.base), pictures: asPictures(theirs.base) }
      : { fields: fields.shaped(ours), pictures: ours.pictures };
    const other = fields.shaped(theirs.form);
    const merged = (whose) => {
      const found = mergedFields(base.fields, fields.values, other, whose);
      const shown = mergedPictures(
        base.pictures,
        pictures.value,
        theirs.media ?? asPictures(theirs.form),
        whose !== "theirs",
      );
      if (found[shown.changed]) found[shown.changed].push("pictures");
      return { ...found, values: { ...found.values, pictures: shown.pictures } };
    };
    const answer = (whose) => async () => {
      rich().flush();
      const before = kept();
      await fill({ ...merged(whose).values, rev: theirs.rev, idempotency_key: fresh() }, true);
      changed();
      const back = async () => {
        notices.replaceChildren();
        await fill(before, true);
        changed();
        return this.both(theirs);
      };
      notice("", `Check it, and save it. ${theirs.became ?? ""} `, button("Back to both versions", back, "plain"));
      rich().focus();
    };
    const name = (field) =>
      field === "pictures" ? "Pictures" : (elements[field].labels[0]?.textContent.trim() ?? field);
    const { clash, both, ...changes } = merged("mine");
    showConflict(notices, {
      theirs,
      mine,
      differ: rich().differ,
      said: [
        ["Both of you changed", clash],
        ["Both changed, and both are kept", both],
        ["Only they changed", changes.theirs],
        ["Only you changed", changes.mine],
      ]
        .filter(([, all]) => all.length)
        .map(([text, all]) => `${text}: ${all.map(name).join(", ")}.`),
      texts: clash.includes("body"),
      clash: clash.length > 0,
      keep: answer("mine"),
      take: answer("theirs"),
      join: answer("both"),
    });
  }

  /** Another device changed the draft: the writer chooses a version. */
  async differs(other) {
    const { user, slug, draft, edited, rich, kept, fill, listDrafts } = this.#page;
    const at = clock.format(new Date(other.at));
    // First the other version becomes a draft of its own, in case this page closes.
    const one = new Draft({ user, slug, of: edited() || "new" });
    const put = async (fields) => {
      one.changed({ ...fields, idempotency_key: fresh() }); // both versions may be sent
      await one.keep();
      await one.send();
    };
    await put(other.fields);
    const answer = await choose(
      "Two versions of this draft",
      `This draft was changed on another device at ${at}. Which one do you want to go on with? The other one stays among your drafts.`,
      [
        ["mine", "This one", "main"],
        ["theirs", `The one of ${at}`],
      ],
    );
    rich().flush();
    if (answer === "theirs") {
      await put(kept());
      await fill(other.fields);
    }
    one.begin(); // releases its lock
    draft.settle(other.version);
    draft.changed(kept());
    await draft.send();
    await listDrafts();
  }

  /** The entry cannot be changed any more; `text` says why. The form's text can become a new update. */
  closed(text) {
    const { here, draft, notices, rich, kept, notice, discarded, keepAsDraft } = this.#page;
    const on = async () => {
      notices.replaceChildren();
      rich().flush();
      if (!(await keepAsDraft({ values: { ...kept(), idempotency_key: fresh() } }))) {
        return notice(
          "bad",
          "Neither this device nor the server could keep it yet. What you typed is still here. ",
          button("Try again", on, "main"),
        );
      }
      await draft.drop();
      return go(`${here}#composer`);
    };
    notice(
      "bad",
      `${text} What you typed is still here. `,
      button("Keep as a new update", on, "main"),
      " ",
      button("Discard it", discarded),
    );
  }

  /** The draft was sent or discarded elsewhere, or its entry was deleted for good. */
  async gone({ message }) {
    const {
      form: { elements },
      slug,
      draft,
      edited,
      notices,
      rich,
      kept,
      told,
      notice,
      discarded,
    } = this.#page;
    // A draft of an entry that does not exist could never be sent.
    const entry = edited() && ask(`/api/stories/${slug}/entries/${edited()}`, { quietly: true });
    const purged =
      entry &&
      (await entry.then(
        ({ content }) => !content.body,
        ({ status }) => status === 404 || status === 410,
      ));
    told("Kept on this device");
    if (purged) return this.closed("The update was deleted for good, with all drafts of it.");
    const on = () => {
      notices.replaceChildren();
      rich().flush();
      elements.idempotency_key.value = fresh();
      return draft.renew(kept());
    };
    return notice(
      "bad",
      `${sentence(message)} What you typed is still here. `,
      button("Keep as a new draft", on, "main"),
      " ",
      button("Discard it", discarded),
    );
  }
}
