// Recovers drafts: the newest one of this form returns with the page, the others are listed. The form's text can be put aside, too.

import { button } from "../shared/dialogs.js";
import { go } from "../shared/navigate.js";
import { moment } from "../shared/times.js";
import { Draft, discard, draftOf, findDrafts, lockDraft } from "./draft.js";
import { forget } from "./files.js";
import { fresh } from "./storage.js";

const SERVER = 3_000; // milliseconds to wait for the server if this device has the text
const UNDO = 60_000;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

export class DraftRecovery {
  #page;

  /** `page` is the interface of the composer: see `page` in composer.js. */
  constructor(page) {
    this.#page = page;
  }

  /** Takes up the newest draft of this form: first the version of this device, then that of the server. `typed` says that the form
   * was not empty: then only a draft with the same values is taken up. None is taken up after somebody has typed, even if the form
   * is empty again: a late answer would stand in the next text. */
  async restore(typed) {
    const { user, slug, edited, draft, draftList, baseline, fields, pictures, rich, fill, told, notice } = this.#page;
    const whose = { user, slug };
    const ofForm = ({ key }) => key.startsWith(`${edited() || "new"}.`);
    const same = () => typed && !baseline.pristine;
    const seen = () => {
      rich().flush();
      return JSON.stringify([fields.values, pictures.value.length, draft.key, draft.version]);
    };
    let before = seen();
    const wanted = (all) => {
      rich().flush();
      if (same()) return all.filter((one) => ofForm(one) && this.#stands(one));
      if (typed || seen() !== before) return [];
      // A draft with two versions comes first: the user must choose.
      return baseline.pristine
        ? all.filter(ofForm).sort((one, other) => Boolean(other.theirs) - Boolean(one.theirs))
        : [];
    };
    const take = async (all) => {
      for (const one of wanted(all)) {
        const held = await lockDraft(user, one); // null if another tab took it up meanwhile
        if (held && wanted([held]).length) {
          await this.takeUp(held, same());
          return held;
        }
        held?.release();
      }
      return null;
    };
    const here = await findDrafts({ ...whose, own: draft.key, quick: true });
    const up = await take(here);
    draftList.show(here.filter(({ key }) => key !== draft.key));
    if (up) before = seen();
    const all = await findDrafts({ ...whose, own: draft.key, up: up?.key });
    const now = up && all.find(({ key }) => key === up.key);
    const asked = up && all.find((one) => one.theirs && one !== now && ofForm(one));
    const question = asked && (await lockDraft(user, asked));
    if (!up) await take(all);
    else if (seen() !== before || typed) question?.release();
    // Nobody has typed since: take the server's newer version.
    else if (question) await this.takeUp(question);
    else if (!now) {
      draft.begin();
      await fill(baseline.values);
      told("");
      notice("", "Your draft was sent or discarded elsewhere.");
    } else if (now.version > up.version) {
      const { writer, release } = draft.handOver();
      await this.takeUp({ ...now, writer, release });
    }
    draftList.show(all.filter(({ key }) => key !== draft.key));
  }

  /** Whether a draft has the same values as the form. */
  #stands({ fields: values }) {
    const { fields } = this.#page;
    return JSON.stringify(fields.shaped(values)) === JSON.stringify(fields.values);
  }

  /** Continues the draft `one`, which is locked: see `lockDraft()`. `same` says that the form already has its values. */
  async takeUp(one, same = false) {
    const { draft, fill, kept, notice, told } = this.#page;
    if (same) draft.drop();
    draft.resume(one);
    await fill(one.fields);
    if (one.theirs) draft.differ(one.theirs);
    else if (one.dirty) draft.changed(kept());
    notice(
      "",
      `Your draft of ${moment(one.at)} is back. `,
      button("Discard it", () => this.discarded(), "plain"),
    );
    told(`Saved ${clock.format(new Date(one.at))}`);
  }

  /** Discards the form's text. For a minute it can be undone. */
  async discarded() {
    const { user, here, draft, baseline, edited, rich, kept, fill, changed, notice, told } = this.#page;
    rich().flush();
    const before = kept();
    const dropped = draft.drop();
    if (baseline.refused) {
      await dropped;
      return go(edited() ? `${here}?edit=${edited()}#composer` : `${here}#composer`);
    }
    const over = () => forget(user, before.pictures).catch(() => {});
    const timer = setTimeout(over, UNDO);
    addEventListener("pagehide", over);
    const back = async () => {
      clearTimeout(timer);
      removeEventListener("pagehide", over);
      if (await this.putAside()) {
        await fill({ ...before, idempotency_key: fresh() });
        changed();
        notice("", "It is back.");
        rich().focus();
      }
    };
    fill(baseline.values, true);
    notice("", "Discarded. ", button("Undo", back, "plain"));
    told("Discarded");
    rich().focus();
    return dropped;
  }

  async goOnWith(one) {
    const { user, here, edited, closed, baseline, rich, notice } = this.#page;
    if (baseline.busy) return notice("", "The last change is still on its way. Take it up when that has arrived.");
    const [of] = one.key.split(".");
    if (of === closed) return this.#anew(one);
    if (of !== (edited() || "new")) return go(of === "new" ? here : `${here}?edit=${of}#composer`);
    const held = await lockDraft(user, one);
    if (held && !(await this.putAside())) return held.release();
    if (held) await this.takeUp(held);
    rich().focus();
    return this.restore(false);
  }

  /** If the entry of this page cannot be edited any more, `closed` is the notice: offers its draft as a new update. */
  async offer(closed) {
    const { user, slug, draft } = this.#page;
    if (!closed) return;
    const one = (await findDrafts({ user, slug, own: draft.key })).find(({ key }) =>
      key.startsWith(`${this.#page.closed}.`),
    );
    if (one)
      closed.append(
        "What you typed is kept. ",
        button("Keep as a new update", () => this.#anew(one), "main"),
      );
  }

  async #anew(one) {
    const { user, slug, here, notice } = this.#page;
    const held = await lockDraft(user, one);
    if (!held || !(await this.putAside())) return held?.release();
    if (!(await this.keepAsDraft({ values: { ...held.fields, idempotency_key: fresh() } }))) {
      held.release();
      return notice("bad", "Neither this device nor the server could keep it yet. It stays among your drafts.");
    }
    await discard({ user, slug }, { ...held, fields: {} });
    return go(`${here}#composer`);
  }

  /** Saves the form's text as another draft; false if that failed. */
  async putAside() {
    const { draft, rich, baseline, notice } = this.#page;
    rich().flush();
    if (baseline.pristine) return true;
    await draft.keep();
    await Promise.race([draft.send(), new Promise((resolve) => setTimeout(resolve, SERVER))]);
    await draft.keep();
    if (draft.safe) draft.begin();
    else
      notice(
        "bad",
        "The text in the form is not saved yet, neither on this device nor on the server. It stays here: try again in a moment.",
      );
    return draft.safe;
  }

  /** Turns the post of an entry that cannot be changed any more into a draft of a new one; false if that failed. */
  async keepAsNew({ id, slug, fields, values }) {
    const { user, outbox } = this.#page;
    if (!(await this.keepAsDraft({ values: { ...values, idempotency_key: fresh() } }))) return false;
    await outbox.drop(id);
    await discard({ user, slug }, { ...draftOf(fields), fields: {} });
    return true;
  }

  /** Turns a post into a draft, for the page that can show it; false if that failed. */
  async keepAsDraft(item) {
    const { user, slug, outbox } = this.#page;
    const one = new Draft({ user, slug, of: item.edits || "new" });
    const was = item.fields && (await lockDraft(user, draftOf(item.fields)));
    if (was) one.resume(was);
    one.changed(resent(item));
    if (!(await one.keep())) await one.send();
    if (one.safe && item.id) await outbox.drop(item.id);
    return one.safe;
  }
}

/** The values of a post, to be sent again. A refused post gets a new key: the server may know the old one from another post. */
export const resent = ({ state, values }) => (state === "refused" ? { ...values, idempotency_key: fresh() } : values);
