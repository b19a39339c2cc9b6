// A pasted chat: its messages go into the text, its time and neutral sources into the attributes. A notice says so, with a
// button that undoes it.

import { notify } from "../shared/notices.js";
import { fieldText, present } from "../shared/times.js";
import { zone } from "./attributes.js";
import { read } from "./transcript.js";

const LASTING = 120_000;
const LONGEST = 200_000; // characters

export class ChatPaste {
  #area;
  #attributes;
  #surface;

  /** `surface()` returns the rich text editor, or null while the plain field is shown. */
  constructor(area, attributes, surface) {
    [this.#area, this.#attributes, this.#surface] = [area, attributes, surface];
  }

  /** Puts a chat into the text; false if `text` is no chat. */
  take(text) {
    const found = text.length > LONGEST ? null : read(text, { now: present(zone), locale: navigator.language });
    const instead = found && (this.#surface()?.insert ?? ((words) => this.#insert(words)))(found.markdown);
    if (!instead) return false;
    const { sources, occurred_at: at } = this.#area.form.elements;
    const before = { sources: sources.value, occurred_at: at.value };
    for (const one of found.sources) this.#attributes.add("sources", one);
    if (found.at && !at.value) this.#attributes.set("occurred_at", found.at);
    const after = { sources: sources.value, occurred_at: at.value };
    const back = () => {
      for (const name of ["sources", "occurred_at"])
        if (this.#area.form.elements[name].value === after[name]) this.#attributes.set(name, before[name]);
      if (!instead(text)) notify("The text has been changed and stays; the source and the time were removed.");
    };
    notify(told(found, before.occurred_at), { lasting: LASTING, act: { label: "Keep as typed", do: back } });
    return true;
  }

  #insert(words) {
    const area = this.#area;
    const start = area.selectionStart;
    // By a command, so that Ctrl+Z takes it back.
    const put = (text) => document.execCommand("insertText", false, text);
    area.focus();
    put(words);
    const { value } = area;
    return (text) => {
      if (area.value !== value) return false;
      area.focus();
      area.setSelectionRange(start, start + words.length);
      return put(text);
    };
  }
}

function told({ messages, sources, at, left, before, future, named }, kept) {
  const names = sources.map((one) => `“${one.split(" | ")[1]}”`);
  const said = [
    messages === 1 ? "A message from a chat was recognised." : `${messages} messages from a chat were recognised.`,
  ];
  said.push(
    names.length === 1
      ? `Its source is ${names[0]}: no name is published.`
      : `Their sources are ${names.slice(0, -1).join(", ")} and ${names.at(-1)}: no name is published.`,
  );
  if (kept) said.push("The time when it happened was not changed.");
  else if (future) said.push("Its time lies in the future and was left out.");
  else if (at)
    said.push(
      `It happened at ${fieldText(at, zone)}${before === null ? "" : before ? " (read with the day first)" : " (read with the month first)"}: change it where the phone had another time.`,
    );
  if (left)
    said.push(
      left === 1
        ? "1 line of the app, or in the place of a file, was left out."
        : `${left} lines of the app, or in the place of files, were left out.`,
    );
  if (named) said.push("The text contains one of their names: check it.");
  return said.join(" ");
}
