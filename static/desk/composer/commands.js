// The suggestions for `/` (commands), `#` (topics) and `@` (contributors).
import { known } from "./attributes.js";

const SURE = { unverified: "Unverified", checking: "Being checked", confirmed: "Confirmed", disputed: "Disputed" };

/** Returns the function `find(sign, letters)` of `Completion`; it resolves to `[{label, hint, run}]`. */
export function commands({ form, attributes, open, add, places, topics, say }) {
  const { elements } = form;
  const tick = (name, text) => () => {
    elements[name].checked = !elements[name].checked;
    elements[name].dispatchEvent(new Event("change", { bubbles: true }));
    say(`${text}: ${elements[name].checked ? "on" : "off"}`);
  };
  const label = (value, text) => () => {
    attributes.toggle("labels", value);
    say(`${text}: ${attributes.values("labels").includes(value) ? "on" : "off"}`);
  };
  const all = [
    ["key", "Key event", tick("key", "Key event")],
    ["breaking", "Breaking", label("breaking", "Breaking")],
    ["pin", "Pinned to the top", tick("pinned", "Pinned"), "pinned"],
    ["quote", "Quotation", (surface) => surface.quote()],
    ["correction", "A correction, with its public note", () => elements.correction.focus(), "correction"],
    ...Object.entries(SURE).map(([value, text]) => [
      value,
      `Verification: ${text.toLowerCase()}`,
      () => {
        elements.verification.value = value;
        elements.verification.dispatchEvent(new Event("change", { bubbles: true }));
        say(`Verification: ${text}`);
      },
    ]),
    ["analysis", "Analysis", label("analysis", "Analysis")],
    ["schedule", "Publish later", () => open("publish_at"), "publish_at"],
    ["embargo", "Embargo: not before a time", () => open("embargo_until"), "embargo_until"],
    ["source", "A source", () => attributes.source()],
    ["credit", "A credit", () => attributes.credit()],
    ["picture", "A picture", () => add()],
    ["place", "Where it happened", () => open("dateline")],
    ["time", "When it happened", () => open("occurred_at")],
  ];
  // A form for an edit can become one for a new update, with other fields.
  const usable = (name) => !name || elements[name]?.matches(":enabled");

  const place = (wanted) => {
    const names = places().filter((name) => name.toLowerCase().startsWith(wanted.toLowerCase()) && name !== wanted);
    return [...names.slice(0, 7), wanted].map((name) => ({
      label: name,
      hint: "place",
      run() {
        attributes.set("dateline", name);
        say(`Place: ${name}`);
      },
    }));
  };

  return async (sign, letters) => {
    const [word, rest] = letters.split(/ (.*)/s);
    if (sign === "/") {
      if (rest !== undefined) return word === "place" && rest.trim() ? place(rest.trim()) : [];
      const wanted = letters.toLowerCase();
      const begins = ([name]) => name.startsWith(wanted);
      const named = ([, text]) =>
        wanted.length > 1 &&
        text
          .toLowerCase()
          .split(/[^a-z]+/)
          .some((one) => one.startsWith(wanted)); // "/ver" is all four
      const fit = all.filter(([, , , needs]) => usable(needs));
      return [...fit.filter(begins), ...fit.filter((one) => !begins(one) && named(one))].map(([name, text, run]) => ({
        label: text,
        hint: `/${name}`,
        run,
      }));
    }
    if (rest !== undefined) return [];
    const wanted = letters.toLowerCase();
    if (sign === "#") {
      const taken = new Set(attributes.values("topics").map((topic) => topic.toLowerCase()));
      const found = topics().filter(
        (topic) => topic.toLowerCase().startsWith(wanted) && !taken.has(topic.toLowerCase()),
      );
      const own =
        /^(?=.*\p{L})[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*$/u.test(letters) &&
        !found.some((topic) => topic.toLowerCase() === wanted)
          ? [letters]
          : [];
      return [...found.slice(0, 8), ...own].map((topic) => ({
        label: `#${topic}`,
        hint: "topic",
        run: () => attributes.add("topics", topic),
      }));
    }
    const people = wanted ? await known("/api/contributors", letters) : [];
    return people.slice(0, 8).map(({ role = "text", name, handle, url }) => ({
      label: name,
      hint: handle ?? "credit",
      run() {
        const said = [role, name, handle ?? "", url ?? ""];
        while (said.length > 2 && !said.at(-1)) said.pop();
        attributes.add("credits", said.join(" | "));
        say(`Credit: ${name}`);
      },
    }));
  };
}

/** The buttons below the text, for the same attributes. */
export function adding(form, { attributes, open }) {
  const add = {
    place: () => open("dateline"),
    time: () => open("occurred_at"),
    schedule: () => open("publish_at"),
    topic: () => open("topics"),
    credit: () => attributes.credit(),
    source: () => attributes.source(),
    picture: () => form.elements.picture.click(),
    camera: () => form.elements.camera.click(),
  };
  for (const one of form.querySelectorAll("[data-add]")) one.addEventListener("click", () => add[one.dataset.add]());
}
