// Reads messages that were copied or exported from a chat: WhatsApp (Android, iPhone, browser) and Telegram (computer).
// The names of the writers stay on this page: readers never get them.

// Invisible marks of direction, digits of other scripts, spaces that look like an ordinary one.
const MARKS = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]/g;
const DIGITS = /[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f]/g;
const SPACES = /[\u00a0\u202f\u2009]/g;

const DATE = String.raw`(?<a>\d{1,4})(?<sign>[./-])\s?(?<b>\d{1,2})\k<sign>\s?(?<c>\d{1,4})\.?`;
const TIME = String.raw`(?<half>(?:上午|下午|午前|午後|오전|오후)\s?)?(?<hours>\d{1,2})[:.](?<minutes>\d{2})(?:[:.]\d{2})?\s*(?<noon>[ap]\.?\s?m\.?|ص|م|дп|пп)?`;
// The same pattern with other group names, and without groups.
const again = (pattern) => pattern.replace(/<(\w+)>/g, (_, name) => `<${name}2>`);
const unnamed = (pattern) => pattern.replace(/\\k<\w+>/g, "[./-]").replace(/\?<\w+>/g, "?:");
const WHEN = String.raw`(?:${DATE},?،?\s+(?:(?:um|at|à|о|в)\s)?${TIME}|${again(TIME)},?،?\s+${again(DATE)})`;
const NAME = String.raw`(?<name>[^:\n"“”\[\]]{1,100}?)`;
const HEADS = [
  new RegExp(String.raw`^\[${WHEN}\]\s?${NAME}:(?:\s(?<text>.*))?$`, "iu"), // iPhone, browser
  new RegExp(String.raw`^${WHEN}\s[-–]\s${NAME}:(?:\s(?<text>.*))?$`, "iu"), // Android
  new RegExp(String.raw`^${NAME},\s\[${WHEN}\]:?(?:\s(?<text>.*))?$`, "iu"), // Telegram
];
const SYSTEM = new RegExp(String.raw`^(?:\[${unnamed(WHEN)}\]\s|${unnamed(WHEN)}\s[-–]\s)`, "iu");

// What stands for a picture or a file, for what was deleted, and what is said of an edit. Apps say it in the language of the phone: an
// iPhone puts an invisible mark before it, Android angle brackets around it.
const ABSENT = [
  /^<[^<>\n]+>$/u,
  /^\S.*\.[a-z0-9]{2,5} \([^()]+\)$/iu,
  /^(?:image|video|audio|gif|sticker|document|contact card|video note) omitted$/iu,
  /^\[ ?(?:photo|video|voice message|sticker|album|file|gif|location|contact|poll)[^\]]*\](?:\s*\S{0,4})?$/iu,
  /^(?:this message was deleted|you deleted this message|diese nachricht wurde gelöscht|du hast diese nachricht gelöscht|це повідомлення (?:було )?видалено|ви видалили це повідомлення|данное сообщение удалено|ce message a été supprimé|se eliminó este mensaje|تم حذف هذه الرسالة)\.?$/iu,
  /^(?:messages and calls are end-to-end encrypted|missed (?:voice|video) call)/iu,
];
const EDITED = /\s*(?:\u200e<[^<>\n]+>|<this message was edited>)$/iu;

const two = (number) => String(number).padStart(2, "0");
const digit = (sign) => String(sign.codePointAt(0) - (sign >= "\u0966" ? 0x966 : sign >= "\u06f0" ? 0x6f0 : 0x660));
const usual = (line) => line.replace(SPACES, " ").replace(DIGITS, digit);
const bare = (line) => usual(line.replace(MARKS, ""));

/** Reads a chat; null if `text` is none. Returns `markdown`; `sources`, the lines of their field; `at`, as a field for date and time
 * holds it, or ""; `messages`, their number; `left`, the number of lines left out; `before`, whether the day stands before the month
 * if both are possible, else null; `future`, whether the time is after `now`; `named`, whether a message names a writer. */
export function read(text, { now, locale = "en-GB" }) {
  const messages = messagesOf(text);
  if (!messages) return null;
  const said = messages.filter(({ name, text }) => name && text);
  if (!said.length) return null;
  const { order, sure } = orderOf(
    said.map(({ when }) => when),
    now,
    locale,
  );
  const first = moment(said[0].when, order);
  const future = Boolean(first) && first > now;
  const names = [...new Set(said.map(({ name }) => name))];
  const called = (name) => (names.length === 1 ? "A witness" : `Witness ${names.indexOf(name) + 1}`);
  return {
    markdown: written(said, names.length > 1 && called),
    sources: names.map((name) => `witness | ${called(name)}`),
    at: future ? "" : first,
    messages: said.length,
    left: messages.length - said.length,
    before: sure ? null : order === "dmy",
    future,
    named: names.some(
      (name) => name.length > 2 && said.some(({ text }) => text.toLowerCase().includes(name.toLowerCase())),
    ),
  };
}

function messagesOf(text) {
  const lines = text.replace(/\r\n?/g, "\n").trim().split("\n");
  const messages = [];
  for (const line of lines) {
    const plain = bare(line).trim();
    const found = HEADS.map((head) => head.exec(plain)).find(Boolean);
    if (found && moment(found.groups, "dmy", "mdy")) {
      const { name, text = "" } = found.groups;
      const telegram = found[0].startsWith(name);
      // As it stands in the line, where an invisible mark means something.
      const place = usual(line).indexOf(name);
      const rest = telegram || place < 0 ? text : line.slice(place + name.length).replace(/^[^:]*:\s?/u, "");
      messages.push({ name: name.replace(/^~\s*/, "").trim(), when: found.groups, marked: !telegram, lines: [rest] });
    } else if (SYSTEM.test(plain)) messages.push({ name: "", lines: [] });
    else if (!messages.length) return null;
    else if (messages.at(-1).name) messages.at(-1).lines.push(line);
  }
  return messages.map(({ lines, ...one }) => ({ ...one, text: present(lines) }));
}

/** The words of a message; "" where it has none. */
function present(lines) {
  if (/^\s*\u200e/u.test(lines[0] ?? "")) return "";
  const text = lines
    .join("\n")
    .trim()
    .replace(EDITED, "")
    .replace(/^[\u200e\ufeff]+/, "")
    .trim();
  return ABSENT.some((pattern) => pattern.test(text)) ? "" : text;
}

/** `2022-02-25T14:32` by the first of these orders in which there is such a day; "" for none. */
function moment(groups, ...orders) {
  const part = (name) => groups[name] ?? groups[`${name}2`] ?? "";
  const [a, b, c] = ["a", "b", "c"].map((name) => part(name));
  const [half, noon] = [part("half").trim(), part("noon").toLowerCase()];
  let hours = Number(part("hours"));
  const late = /^(?:p|م|пп)/u.test(noon) || /^(?:下午|午後|오후)/u.test(half);
  if (half || noon) hours = (hours % 12) + (late ? 12 : 0);
  const minutes = Number(part("minutes"));
  if (hours > 23 || minutes > 59) return "";
  for (const order of a.length > 2 ? ["ymd"] : orders) {
    const [year, month, day] = { ymd: [a, b, c], dmy: [c, b, a], mdy: [c, a, b] }[order].map(Number);
    const whole = year < 100 ? 2000 + year : year;
    const at = new Date(Date.UTC(whole, month - 1, day));
    if (whole > 1999 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day)
      return `${whole}-${two(month)}-${two(day)}T${two(hours)}:${two(minutes)}`;
  }
  return "";
}

/** The order of day and month: the one possible order, or the one without times in the future, or the usual one. */
function orderOf(whens, now, locale) {
  const orders = ["dmy", "mdy"];
  const possible = orders.filter((order) => whens.every((when) => moment(when, order)));
  const rising = (list) => list.every((at, place) => !place || list[place - 1] <= at);
  const fits = possible.filter((order) => {
    const times = whens.map((when) => moment(when, order));
    return rising(times) && times.at(-1) <= now;
  });
  const same = whens.every((when) => moment(when, "dmy") === moment(when, "mdy"));
  if (fits.length === 1) return { order: fits[0], sure: true };
  if (possible.length < 2 || same) return { order: possible[0] ?? "dmy", sure: true };
  const [{ sign, sign2, noon, noon2 }] = whens;
  const american =
    (sign ?? sign2) === "/" && (noon ?? noon2 ?? new Intl.DateTimeFormat(locale).formatToParts(0)[0].type === "month");
  return { order: american ? "mdy" : "dmy", sure: false };
}

// --- as Markdown

const SPECIAL = /[\\`*[\]<~]|(?<![\p{L}\p{N}_])_|_(?![\p{L}\p{N}_])|&(?=#?\w+;)/gu;
// https://faq.whatsapp.com/539178204879377
const STYLED =
  /(?<![\p{L}\p{N}*])\*(?<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\p{L}\p{N}*])|(?<![\p{L}\p{N}_])_(?<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}~])~(?<struck>[^\s~](?:[^~\n]*[^\s~])?)~(?![\p{L}\p{N}~])|`(?<code>[^`\n]+)`|(?<address>https?:\/\/[^\s<>]+)/gu;
const BEGINS = /^(?<list>[-*]\s+|\d{1,3}\.\s+)|^(?<quote>>\s?)/;

const escaped = (text) => text.replace(SPECIAL, "\\$&");

function styled(text) {
  let [done, at] = ["", 0];
  for (const { 0: whole, index, groups } of text.matchAll(STYLED)) {
    const { bold, italic, struck, code, address } = groups;
    done += escaped(text.slice(at, index));
    done += bold
      ? `**${styled(bold)}**`
      : italic
        ? `*${styled(italic)}*`
        : struck
          ? `~~${styled(struck)}~~`
          : code
            ? `\`${code}\``
            : address;
    at = index + whole.length;
  }
  return done + escaped(text.slice(at));
}

/** A line as a paragraph, an item of a list or a quotation. */
function lined(line, marked) {
  const { list, quote } = (marked && BEGINS.exec(line)?.groups) || {};
  if (list) return { kind: "list", text: `${/\d/.test(list) ? list.trim() : "-"} ${styled(line.slice(list.length))}` };
  if (quote) return { kind: "quote", text: `> ${styled(line.slice(quote.length))}` };
  const text = marked
    ? styled(line)
    : line
        .split(/(https?:\/\/[^\s<>]+)/)
        .map((part, place) => (place % 2 ? part : escaped(part)))
        .join("");
  return { kind: "", text: text.replace(/^(?=[>#+-])|^(\d{1,9})(?=[.)](?:\s|$))/, "$1\\") };
}

function blocks(text, marked) {
  const parts = marked ? text.split(/```([\s\S]+?)```/) : [text];
  return parts.flatMap((part, place) => {
    if (place % 2)
      return [
        {
          kind: "code",
          text: part.includes("\n") ? `\`\`\`\n${part.replace(/^\n+|\n+$/g, "")}\n\`\`\`` : `\`${part}\``,
        },
      ];
    return part
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean)
      .map((line) => lined(line, marked));
  });
}

const joined = (list) =>
  list.reduce(
    (done, { kind, text }, place) =>
      done + (place ? (kind && kind === list[place - 1].kind ? "\n" : "\n\n") : "") + text,
    "",
  );

/** The messages as Markdown: of one writer the text, of several quotations, each under its source. */
function written(messages, called) {
  if (!called) return joined(messages.flatMap(({ text, marked }) => blocks(text, marked)));
  const turns = [];
  for (const { name, text, marked } of messages) {
    if (turns.at(-1)?.name !== name) turns.push({ name, parts: [] });
    turns.at(-1).parts.push(...blocks(text, marked));
  }
  return turns
    .map(({ name, parts }) => `${called(name)}:\n\n${joined(parts).replace(/^/gm, "> ").replace(/^> $/gm, ">")}`)
    .join("\n\n");
}
