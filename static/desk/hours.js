// Hours as the desk writes them.

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
const long = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

/** `14:05` today, `21 November, 14:05` on another day, in the writer's own time. */
export function moment(at) {
  const when = new Date(at);
  return when.toDateString() === new Date().toDateString() ? clock.format(when) : `${day.format(when)}, ${clock.format(when)}`;
}

const named = (zone, at, locale, timeZoneName) =>
  new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName }).formatToParts(at).find(({ type }) => type === "timeZoneName").value;

/** The hour in a zone, as a field for a day and an hour holds it: `2027-01-05T18:00`. */
export function present(zone) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }).formatToParts().map(({ type, value }) => [type, value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/** What a field for a day and an hour holds, `2027-01-05T18:00`, in a story's zone: `5 January 2027, 18:00 EET`. */
export function hour(value, zone) {
  const written = new Date(`${value}Z`);
  if (Number.isNaN(written.valueOf())) return value;
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d+):(\d+))?/.exec(named(zone, written, "en-GB", "longOffset"));
  const at = hours ? written - Number(`${sign}1`) * (hours * 60 + Number(minutes)) * 60_000 : written;
  // Each knows other zones by their letters.
  const letters = ["en-GB", "en-US", "en-AU"].map((locale) => named(zone, at, locale, "short"));
  return `${long.format(written)}, ${value.slice(11, 16)} ${letters.find((one) => !/\d/.test(one)) ?? letters[0]}`;
}
