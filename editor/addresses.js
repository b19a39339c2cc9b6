// Addresses in text: where one begins and ends, and which link targets readers get. The same rules, with their reasons, are in
// liveblog/content/markup/addresses.py.

export const UNSPACED =
  "\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u1100-\\u11ff\\u2e80-\\u2fff\\u3001-\\u303e\\u3041-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7ff\\uf900-\\ufaff\\ufe30-\\ufe4f\\uff01-\\uffee\\u{1b000}-\\u{1b16f}\\u{20000}-\\u{3fffd}\\u{e0100}-\\u{e01ef}";
const ENDS =
  '\\x00-\\x20\\x7f-\\xa0\\u1680\\u2000-\\u200b\\u200e\\u200f\\u2028-\\u202f\\u205f\\u2066-\\u2069\\ufeff<>"`\\{\\}\\|\\^\\\\\\u201c-\\u201f\\xab\\xbb\\u2039\\u203a\\u2014\\u2026\\u0964\\u0965\\u060c\\u061b\\u061f\\u06d4\\u3000-\\u3004\\u3008-\\u3020\\u3030\\u303d\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65';
const CHARACTER = new RegExp(`\\\\[!-\\/:-@\\[-\`\\{-~]|[^${ENDS}]`, "uy");
const LATIN = /[0-9A-Za-z\xc0-\u024f\u1e00-\u1eff]/;
const SPACED = /[\u0370-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f]/; // Greek, Cyrillic
const HIRAGANA = /[\u3041-\u309f]/;
const PICTURE = /[\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\u{1f000}-\u{1faff}]/u;
const HOST_RUN = new RegExp(`(?:[0-9A-Za-z._:\\-]|[^\\x00-\\x7f${ENDS}]){1,260}`, "uy");
const LETTER = /\p{L}/u,
  ALNUM = /[\p{L}\p{N}]/u;
const CLOSING = { ")": "(", "]": "[" };
const TRAILING = "?!.,:;'\u2019*_~([&";

const LABEL = "[0-9A-Za-z_\\xa1-\\u{10ffff}](?:[0-9A-Za-z_\\xa1-\\u{10ffff}\\-]{0,61}[0-9A-Za-z_\\xa1-\\u{10ffff}])?";
const HOST = new RegExp(`^(?:localhost|(?:${LABEL}\\.)+${LABEL})(?::[0-9]{1,5})?\\.?$`, "u");
const BARE = new RegExp(
  `^(?:${LABEL}\\.)+([A-Za-z\\xa1-\\u{10ffff}]{2,24}|xn--[0-9a-z\\-]{2,59})(?::[0-9]{1,5})?$`,
  "u",
);
const FILES = new Set(
  (
    "asp aspx avi bmp csv css doc docx epub gif gz htm html jpeg jpg js json key md mov mp mpeg odp ods odt pages pdf php png ppt pptx py rar rtf" +
    " sh svg tar tif tiff txt wav webm webp xls xlsx xml yaml yml zip"
  ).split(" "),
);
const WEB = /^https?:\/\/[^/?#\\\s]/i;
const MAIL = /^mailto:[^\s?][^\s]*$/i;
const PHONE = /^tel:\+?(?:[0-9*#().;=a-z-]|%20){2,40}$/i;
const MAILBOX = "[0-9A-Za-z._%+\\-]{1,64}@(?:[0-9A-Za-z\\xc0-\\u024f\\-]{1,63}\\.){1,8}[A-Za-z]{2,24}";
const ONE_MAILBOX = new RegExp(`^${MAILBOX}$`);
/** In text: a mailbox or a host that begins with www. */
export const SCHEMELESS = new RegExp(
  `(?<![0-9A-Za-z._%+@/:\\-])(?<![0-9A-Za-z]['\\u2019])(?:((?:mailto:)?${MAILBOX})(?![0-9A-Za-z@_\\-]|\\.[0-9A-Za-z]|:[0-9A-Za-z/])|www\\.)`,
  "gi",
);
const BEGINS = /https?:\/\/|www\./iy;

const matched = (pattern, text, at) => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
};

/** The address that begins at `start`: `{text, href, end}`, or null. */
export function addressAt(text, start, stop = text.length) {
  const begins = matched(BEGINS, text, start);
  if (!begins) return null;
  const bare = begins.endsWith(".");
  let at = bare ? start : start + begins.length;
  const run = matched(HOST_RUN, text.slice(0, Math.min(stop, at + 600)), at);
  if (!run || text[at + run.length] === "@") return null;
  const host = hostOf(run);
  if (!HOST.test(host) || (bare && host.split(".").length < 3)) return null;
  const characters = [...host],
    ends = [];
  for (const one of characters) ends.push((at += one.length));
  const takes = path();
  for (
    let found;
    at < stop &&
    (found = matched(CHARACTER, text, at)) &&
    at + found.length <= stop &&
    takes(found.length > 1 && found[0] === "\\" ? found[1] : found);
  ) {
    at += found.length;
    characters.push(found[0] === "\\" ? found[1] : found);
    ends.push(at);
  }
  while (TRAILING.includes(characters.at(-1))) characters.pop();
  const whole = (bare ? "" : begins) + characters.join("");
  return { text: whole, href: bare ? `https://${whole}` : whole, end: ends[characters.length - 1] };
}

function hostOf(run) {
  let before = "";
  for (const one of run) {
    const last = before.at(-1) ?? "";
    if (one > "\x7f" && /[0-9A-Za-z]/.test(last) && before.includes(".") && !LATIN.test(one)) return before;
    before += one;
  }
  return run.replace(/[.:]+$/, "");
}

/** Returns a function that accepts the characters after a host, one by one, until one does not belong to the address. */
function path() {
  let last = "",
    taken = 0,
    latinSoFar = true;
  const opened = [];
  const beginsWords = (one) => {
    if (taken === 1 && last === "/") return HIRAGANA.test(one);
    if (!latinSoFar) return false;
    if (LATIN.test(last)) return !(/\d/.test(last) && SPACED.test(one));
    return "*)]".includes(last);
  };
  return (one) => {
    if (!taken && !"/?#".includes(one)) return false;
    const foreign = LETTER.test(one) && !LATIN.test(one);
    if (PICTURE.test(one) || (foreign && beginsWords(one))) return false;
    if ("([".includes(one)) opened.push(one);
    else if (")]".includes(one) && opened.pop() !== CLOSING[one]) return false;
    latinSoFar = ALNUM.test(one) ? latinSoFar && !foreign : true;
    last = one;
    taken += 1;
    return true;
  };
}

/** Where a writer's link leads: to http, https, mailto or tel; null for all else. `href` is percent-encoded. */
export function target(href) {
  if (WEB.test(href) || MAIL.test(href) || PHONE.test(href)) return href;
  if (ONE_MAILBOX.test(href)) return `mailto:${href}`;
  const [, encoded, rest] = /^([^/?#]*)([\s\S]*)$/.exec(href);
  let host;
  try {
    host = decodeURIComponent(encoded);
  } catch {
    return null;
  }
  const named = host.length <= 253 && BARE.exec(host);
  if (!named || (FILES.has(named[1].toLowerCase()) && !/^www\./i.test(host))) return null;
  return `https://${host}${rest}`;
}
