// What was written goes out, by the outbox or past it; and comes back to the form where it was not taken.

import { discard, draftFields, draftOf, lockDraft } from "../drafts/draft.js";
import { mediaFields } from "../drafts/outbox.js";
import { resent } from "../drafts/recover.js";
import { fresh } from "../drafts/storage.js";
import { button } from "../shared/dialogs.js";
import { go, back as rows } from "../shared/navigate.js";
import { notify } from "../shared/notices.js";
import { ask, isClosed, Offline, sentence } from "../shared/request.js";
import { outcome } from "./outcome.js";

const tab = fresh(); // what was written here comes back here

/** `page` is the composer's: its form, and what can be done with it. `{send, again, sent}`: hands what was written to the
 * outbox, takes up again what waits there or was refused, and when the last one was sent. */
export function createSubmission(page) {
  const {
    form,
    here,
    slug,
    user,
    outbox,
    draft,
    fields,
    pictures,
    notices,
    card,
    baseline,
    attributes,
    completion,
    recovery,
    conflicts,
  } = page;
  const { kept, fill, stands, anew, told, say, notice, wrong, edited, rich, contributes } = page;
  const { elements } = form;
  const reminded = new WeakSet(); // the descriptions that are missing, and were asked for
  let handing = false; // it is sent once the pictures are kept
  let sent = 0;

  /** Hands what was written to the outbox; `action` is the button's. */
  async function send(action) {
    rich().flush();
    if (handing) return;
    if (baseline.busy) {
      if (!baseline.pristine)
        notice(
          "",
          "The last change is still on its way. What you typed since is kept as a draft, and can be sent after it.",
        );
      return;
    }
    handing = true;
    await pictures.adding;
    handing = false;
    rich().flush();
    const [bad, ...more] = pictures.refused;
    if (bad) {
      notice(
        "bad",
        `Not sent: ${more.length ? "some files are" : "a file is"} not accepted. Remove ${more.length ? "them" : "it"}, and publish again.`,
      );
      bad.focus();
      return;
    }
    const missing = pictures.undescribed;
    if (missing.some((one) => !reminded.has(one))) {
      for (const one of missing) reminded.add(one);
      const which = missing.length === 1 ? "A picture has" : `${missing.length} pictures have`;
      notice(
        "bad",
        `${which} no description for those who cannot see ${missing.length === 1 ? "it" : "them"}. Add it, or publish again without.`,
      );
      missing[0].focus();
      return;
    }
    wrong([]);
    notices.replaceChildren();
    completion.close();
    card.hidden = true;
    sent = Date.now();
    const item = made(action);
    if (pictures.passing || !(await handedOver(item))) await straight(item);
    rich().focus();
  }

  /** A post of what stands in the form. */
  function made(action) {
    const values = kept();
    return {
      tab,
      slug,
      edits: edited(),
      title: (values.headline || values.body).replace(/\s+/g, " ").trim().slice(0, 80),
      url: edited() ? `${here}/outbox/${edited()}` : `${here}/outbox`,
      fields: {
        ...fields.sendable,
        idempotency_key: values.idempotency_key,
        rev: values.rev,
        ...draftFields(draft),
        action,
        ...(edited() && elements.correcting && { correcting: "1" }),
      },
      pictures: values.pictures,
      values,
    };
  }

  /** Whether nothing is left to be done: the outbox has it. Where this device keeps nothing, the form does until the server has
   * answered. */
  async function handedOver(item) {
    const handed = draft.handOver();
    if (edited()) baseline.goes();
    else anew();
    told("Sending…");
    try {
      await outbox.add(item, handed.id);
      handed.release();
      return true;
    } catch {
      rich().flush();
      const since = !edited() && !baseline.pristine && kept(); // it took its time to say so
      draft.drop(); // what was typed since goes on with the rest
      draft.resume(handed);
      if (!edited())
        await fill(
          since
            ? {
                ...item.values,
                body: `${item.values.body}\n\n${since.body}`,
                pictures: [...item.pictures, ...since.pictures],
              }
            : item.values,
        );
      draft.changed(kept());
      if (since)
        notice("bad", "Not sent: this device keeps nothing. What you typed since stands below it: send it again.");
      return Boolean(since);
    }
  }

  /** Sends past the outbox, which this device has no room for. */
  async function straight(item) {
    baseline.goes();
    baseline.alone = true;
    told("Sending…");
    await pictures.settle();
    const missing = pictures.unsent;
    if (!missing.length) return post(item);
    baseline.comesBack();
    told("");
    const without = () => {
      const rest = made(item.fields.action);
      baseline.goes();
      baseline.alone = true;
      return post(rest);
    };
    return notice(
      "bad",
      `This device cannot keep what is to be sent, and ${missing.join(", ")} did not reach the server. `,
      button(missing.length === 1 ? "Send without it" : "Send without them", without),
    );
  }

  async function post(item) {
    notices.replaceChildren();
    told("Sending…");
    const there = pictures.value.filter(
      ({ file, medium }) => medium && item.pictures.some((one) => (file ? one.file === file : one.medium === medium)),
    );
    try {
      const { content } = await ask(item.url, {
        method: "POST",
        body: new URLSearchParams({ ...item.fields, ...draftFields(draft), ...mediaFields(there) }),
      });
      draft.drop(); // of this device too, which may have kept an older state of it
      arrived({ ...item, pictures: there }, content);
    } catch (error) {
      baseline.comesBack();
      told("");
      if (error.said?.entry) return conflicts.both(error.said.entry);
      if (edited() && isClosed(error)) return conflicts.closed(sentence(error.message));
      if (error.status === 409 || error.status === 422) elements.idempotency_key.value = fresh(); // nothing was taken under this one
      notice(
        "bad",
        `Not sent: ${error instanceof Offline ? "the server does not answer" : error.message}. This device cannot keep all of it: stay on this page, and send it again.`,
      );
      wrong(error.said?.errors ?? []);
    }
    return undefined;
  }

  /** The server has what was sent. What was typed since goes on as an edit of it. */
  function arrived(item, entry) {
    rich().flush();
    const [word, text] = outcome(item, entry, contributes);
    if (!baseline.busy || item.edits !== edited() || (baseline.alone && item.id)) {
      if (!edited()) history.replaceState(history.state, "", `${here}?saved=${word}`);
      told(text);
    } else if (edited()) {
      elements.rev.value = entry.rev;
      const more = !baseline.pristine;
      baseline.comesBack();
      if (!more) return location.assign(rows(here, word, entry.id));
      goOn(item, entry);
      notify(`${text} What you typed since is kept as a draft.`);
    } else if (baseline.pristine) {
      anew();
      told(text);
    } else {
      baseline.comesBack();
      elements.idempotency_key.value = fresh();
      draft.changed(kept());
      notify(`${text} What you typed since is still here.`);
    }
    document.dispatchEvent(new CustomEvent("desk:sent", { detail: entry }));
    return undefined;
  }

  /** The form is an edit of the revision that was made of it; a field that nobody touched since is as the server has it. */
  function goOn(item, entry) {
    if (elements.correcting) {
      elements.correcting.remove();
      elements.correction.required = false;
    }
    stands(entry.status);
    const now = fields.values;
    const theirs = fields.shaped(entry.form);
    const touched = Object.entries(now).filter(([name, value]) => value !== fields.shaped(item.values)[name]);
    pictures.arrived(item.pictures);
    fields.values = theirs;
    baseline.begins(item.pictures);
    fields.values = { ...theirs, ...Object.fromEntries(touched) };
    elements.idempotency_key.value = fresh();
    attributes.show();
    draft.changed(kept());
  }

  /** Takes up again what waits in the outbox or was refused. */
  async function again(item) {
    if (item.edits !== edited()) {
      if (item.closed && (await recovery.keepAsNew(item))) return go(`${here}#composer`);
      if (await recovery.keepAsDraft(item)) go(item.edits ? `${here}?edit=${item.edits}#composer` : `${here}#composer`);
      else notice("bad", "Neither this device nor the server can keep it as a draft now. It stays in the outbox.");
      return undefined;
    }
    if (baseline.alone) return notice("", "The last update is still on its way. Take this one up when it has arrived.");
    rich().flush();
    const was = await lockDraft(user, draftOf(item.fields));
    rich().flush();
    const inForm = baseline.busy && item.tab === tab; // with what was typed since
    const more = inForm && !baseline.pristine;
    if (!inForm && !(await recovery.putAside())) return was?.release();
    baseline.comesBack();
    const since = was && draft.handOver(); // it is the draft again that it was, with what was typed since
    if (was) draft.resume(was);
    if (!more) await fill(resent(item));
    draft.changed(kept());
    if (await draft.keep()) {
      await outbox.drop(item.id);
      if (since) discard({ user, slug }, { ...since, fields: {} }).finally(since.release);
    }
    if (item.theirs) conflicts.both(item.theirs);
    else if (item.closed && edited()) conflicts.closed(sentence(item.reason));
    else if (item.reason) {
      notice("bad", `Not sent: ${item.reason.replace(/\.$/, "")}. What you typed is still here.`);
      wrong(item.errors);
    }
    return undefined;
  }

  outbox.addEventListener("sent", ({ detail: { item, entry } }) => item.tab === tab && arrived(item, entry));

  outbox.addEventListener("refused", ({ detail: { item } }) => {
    if (item.tab !== tab) return;
    if (
      (item.edits && baseline.busy && item.edits === edited()) ||
      (!item.edits && !edited() && !baseline.busy && baseline.pristine)
    )
      again(item);
    else say(`An update was not accepted: ${item.reason}`);
  });

  outbox.addEventListener("delayed", ({ detail: { item } }) => {
    if (!baseline.busy || item.tab !== tab) return;
    rich().flush();
    if (!baseline.pristine) return; // it goes on where it is
    anew(); // it waits in the outbox: on with the next one
    history.replaceState(history.state, "", here);
  });

  return {
    send,
    again,
    get sent() {
      return sent;
    },
  };
}
