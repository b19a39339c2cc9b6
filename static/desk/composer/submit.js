// Sends the form, through the outbox or, if this device stores nothing, directly. A refused update returns to the form.

import { discard, draftFields, draftOf, lockDraft } from "../drafts/draft.js";
import { mediaFields } from "../drafts/outbox.js";
import { resent } from "../drafts/recover.js";
import { fresh } from "../drafts/storage.js";
import { button } from "../shared/dialogs.js";
import { go, back as rows } from "../shared/navigate.js";
import { notify } from "../shared/notices.js";
import { ask, isClosed, Offline, sentence } from "../shared/request.js";
import { outcome } from "./outcome.js";

const tab = fresh(); // a refused update returns to the tab that sent it

/** `page` is the interface of the composer: see `page` in composer.js. Returns `{send, again, sent}`: `send()` gives the form to the
 * outbox, `again()` takes a post out of it to edit it, `sent` is the time of the last sending. */
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
  const reminded = new WeakSet(); // the inputs of missing descriptions that the writer was asked for
  let handing = false; // waiting until the pictures are stored
  let sent = 0;

  /** Gives the form to the outbox; `action` is the value of the button. */
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

  /** The form's values as a post for the outbox. */
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

  /** Whether the outbox has the post. If this device stores nothing, the form keeps it until the server has answered. */
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
      const since = !edited() && !baseline.pristine && kept(); // the device may answer late
      draft.drop(); // text typed since stays with the rest
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

  /** Sends without the outbox, which this device cannot store. */
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
      `This device cannot store the update, and ${missing.join(", ")} did not reach the server. `,
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
      draft.drop(); // on this device, too, which may have stored an older version
      arrived({ ...item, pictures: there }, content);
    } catch (error) {
      baseline.comesBack();
      told("");
      if (error.said?.entry) return conflicts.both(error.said.entry);
      if (edited() && isClosed(error)) return conflicts.closed(sentence(error.message));
      if (error.status === 409 || error.status === 422) elements.idempotency_key.value = fresh(); // nothing is stored under the old one
      notice(
        "bad",
        `Not sent: ${error instanceof Offline ? "the server does not answer" : error.message}. This device cannot keep all of it: stay on this page, and send it again.`,
      );
      wrong(error.said?.errors ?? []);
    }
    return undefined;
  }

  /** The server has the update. Text typed since becomes an edit of it. */
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

  /** The form becomes an edit of the new revision. A field that nobody changed since takes the server's value. */
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

  /** Takes a waiting or refused post out of the outbox, into the form. */
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
    const inForm = baseline.busy && item.tab === tab; // perhaps with text typed since
    const more = inForm && !baseline.pristine;
    if (!inForm && !(await recovery.putAside())) return was?.release();
    baseline.comesBack();
    const since = was && draft.handOver(); // the post is a draft again, with the text typed since
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
    if (!baseline.pristine) return; // the form keeps the text typed since
    anew(); // the update waits in the outbox: the form is for the next one
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
