// Times in the story's zone, always with their offset; and the choice between two meanings when the clocks change.
// `liveblog/content/localtime.py` and `liveblog/web/desk/submit_button.py` do the same for the form without scripts.

const DAY = 86_400_000;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
const long = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

const desk = document.querySelector(".story-desk");
const ahead = Date.parse(desk.dataset.now) - Date.now(); // of the server's clock before this device's, which may be wrong

/** The time, by the server's clock. */
export const now = () => Date.now() + ahead;

/** `14:05` today, `21 November, 14:05` on another day, in the writer's own time. */
export function moment(at) {
  const when = new Date(at);
  return when.toDateString() === new Date().toDateString()
    ? clock.format(when)
    : `${day.format(when)}, ${clock.format(when)}`;
}

/** How far the clocks of a zone are ahead of UTC at a time, in milliseconds. */
function offsetAt(zone, at) {
  const name = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "longOffset" })
    .formatToParts(at)
    .find(({ type }) => type === "timeZoneName").value;
  const [, sign, hours, minutes, seconds = 0] = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?/.exec(name);
  return hours ? Number(`${sign}1`) * (hours * 3600 + minutes * 60 + Number(seconds)) * 1000 : 0;
}

const two = (number) => String(number).padStart(2, "0");
function split(offset) {
  const minutes = Math.round(Math.abs(offset) / 60_000);
  return [Math.floor(minutes / 60), minutes % 60];
}
/** `+02:00` */
const written = (offset) => `${offset < 0 ? "-" : "+"}${split(offset).map(two).join(":")}`;
/** `UTC+2`, `UTC+5:30`, `UTC` */
function utc(offset) {
  const [hours, minutes] = split(offset);
  const rest = minutes ? `:${two(minutes)}` : "";
  return offset ? `UTC${offset < 0 ? "−" : "+"}${hours}${rest}` : "UTC";
}

/** The possible meanings of a field for date and time, the earlier first: `[{at, offset}]`. */
function meanings(value, zone) {
  const typed = Date.parse(`${value}Z`);
  if (Number.isNaN(typed)) return [];
  const found = [...new Set([offsetAt(zone, typed - DAY), offsetAt(zone, typed + DAY)])];
  const there = found.filter((offset) => offsetAt(zone, typed - offset) === offset);
  // None: this time does not exist. The offsets before and after the change are its two meanings.
  return (there.length ? there : found)
    .map((offset) => ({ at: typed - offset, offset: written(offset) }))
    .sort((one, other) => one.at - other.at);
}

/** The time of such a field in milliseconds; null if it has no meaning, or two and no `offset`. */
export function exact(value, zone, offset = "") {
  const all = meanings(value, zone);
  return (all.length === 1 ? all[0] : all.find((one) => one.offset === offset))?.at ?? null;
}

const local = (at, zone) => new Date(at + offsetAt(zone, at));
const dayOf = (at, zone) => local(at, zone).toISOString().slice(0, 10);

/** The present time in a zone, as a field for date and time holds it: `2027-01-05T18:00`. */
export const present = (zone) => local(now(), zone).toISOString().slice(0, 16);

/** `10:25 (UTC+2)`, with the date if that is not `today` (`2027-01-05`). */
export function timeText(at, zone, today = dayOf(now(), zone)) {
  const here = local(at, zone);
  const which = dayOf(at, zone) === today ? "" : `${long.format(here)}, `;
  return `${which}${here.toISOString().slice(11, 16)} (${utc(offsetAt(zone, at))})`;
}

/** The value of a field with its date: `5 January 2027, 18:00 (UTC+2)`. */
export function fieldText(value, zone, offset) {
  const at = exact(value, zone, offset);
  if (at !== null) return timeText(at, zone, "");
  const typed = Date.parse(`${value}Z`);
  return Number.isNaN(typed) ? value : `${long.format(typed)}, ${value.slice(11, 16)} (which one?)`;
}

/** Shows the time with its offset beside a field, and asks which one is meant if there are two. */
export function drawMeaning(input) {
  const {
    value,
    dataset: { zone },
  } = input;
  const box = input.closest(".hour"),
    which = box.querySelector(".which"),
    select = which.querySelector("select");
  const all = meanings(value, zone),
    today = value.slice(0, 10);
  if (which.dataset.of !== value) {
    which.dataset.of = value;
    const { value: chosen } = select;
    const offered = all.length > 1 ? all : [];
    select.replaceChildren(
      new Option("", ""),
      ...offered.map(({ at, offset }) => new Option(timeText(at, zone, today), offset)),
    );
    select.value = offered.some(({ offset }) => offset === chosen) ? chosen : "";
    which.hidden = !offered.length;
  }
  const at = exact(value, zone, select.value);
  const text = at === null ? "" : timeText(at, zone, today);
  const output = box.querySelector("output");
  if (output.textContent !== text) output.textContent = text;
}

document.addEventListener("input", ({ target }) => {
  const input = target.closest(".hour")?.querySelector("[data-zone]");
  if (input) drawMeaning(input);
});

/** The action and the words of the composer's main button: see submit_button.py. `held` is the earliest time that the author's
 * protection allows, or 0. */
export function mainAction(form, held) {
  const time = (name) =>
    exact(form.elements[name].value, form.elements[name].dataset.zone, form.elements[`${name}_offset`].value);
  const { zone } = form.elements.publish_at.dataset;
  const at = time("publish_at"),
    until = time("embargo_until"),
    current = now();
  const late =
    held > current ? `Publish at ${timeText(held, zone).replace(/ \(.*/, "")}, held to protect the author` : "";
  if (until > current && !(at >= until))
    return {
      action: "schedule",
      until: true,
      words: late && held > until ? late : `Schedule for ${timeText(until, zone)}`,
    };
  if (late && !(at >= held)) return { action: "publish", words: late };
  if (at === null) return { action: "publish", words: "Publish" };
  return { action: "publish", words: `${at > current ? "Schedule for" : "Publish, dated"} ${timeText(at, zone)}` };
}
