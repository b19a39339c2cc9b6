// The times of a page or an element, in one language, for its reader: how long ago, and the clock in the reader's own zone.
// The server's text, in the zone of the story, stays in the `title`.

const MINUTE = 60_000,
  HOUR = 60 * MINUTE,
  DAY = 24 * HOUR;

let ahead = 0; // of this device's clock, which may be wrong
const present = () => Date.now() + ahead;

/** Sets the time: `at` is the server's. True where what is shown must be written again. */
export function level(at) {
  const now = Date.parse(at) - Date.now();
  if (!(Math.abs(now - ahead) > MINUTE / 4)) return false; // the message was under way, too
  ahead = now;
  return true;
}

/** `{upgrade, tick, again}`, each of a root, and `dated`; `spoken` is the language that the server wrote in. */
export function times(spoken = "en") {
  // Plain "en" means American clocks to a browser, "ar" other digits.
  const locale = spoken === "en" ? "en-GB" : `${spoken}-u-nu-latn`;
  const comma = spoken === "ar" ? "، " : ", ";
  const clock = new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "long" });
  const heading = new Intl.DateTimeFormat(locale, { dateStyle: "full" });
  const ago = new Intl.RelativeTimeFormat(locale, { numeric: "always", style: "short" });
  const soon = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const now = soon.format(0, "second");

  const sameDay = (one, other) => day.format(one) === day.format(other);

  /** Day and time in words. */
  const full = (then) => `${day.format(then)}${comma}${clock.format(then)}`;

  function since(then) {
    const age = present() - then;
    if (age < -HOUR || age >= DAY) return day.format(then);
    if (age < MINUTE) return now; // also where the reader's clock is slow
    return age < HOUR ? ago.format(-Math.floor(age / MINUTE), "minute") : ago.format(-Math.floor(age / HOUR), "hour");
  }

  /** A clock's text, and its zone in small: said where the clocks are changed, and else once in the page. */
  function hour(then) {
    const parts = clock.formatToParts(then);
    const zone = parts.find((part) => part.type === "timeZoneName");
    const small = document.createElement("small");
    small.textContent = zone?.value ?? "";
    const offset = (hours) => new Date(+then + hours * HOUR).getTimezoneOffset();
    if (offset(-12) !== offset(12)) small.dataset.turn = "";
    const digits = parts.filter((part) => part !== zone).map((part) => part.value);
    return [`${digits.join("").trim()} `, small];
  }

  /** A large clock, and how long ago that was; the heading of its day is in the same zone. */
  function stamp(time, then) {
    const [large, under] = time.children;
    large.replaceChildren(...hour(then));
    under.textContent = since(then);
    date(time, then);
    const when = time.closest("[data-day]");
    if (when) when.dataset.day = heading.format(then);
  }

  /** Marks times of another day. */
  function date(time, then) {
    const other = !sameDay(then, present());
    if (other !== time.hasAttribute("data-other-day")) time.toggleAttribute("data-other-day", other);
  }

  /** A time, with the day if it differs from that of another one. */
  function dated(then, beside = present()) {
    return beside && sameDay(beside, then) ? clock.format(then) : full(then);
  }

  /** A time within a line: with the day if it differs from that of the entry around it. */
  function moment(time, then) {
    const beside = time.closest("[data-published-at]")?.dataset.publishedAt;
    const same = beside && sameDay(new Date(beside), then);
    time.replaceChildren(same ? "" : `${day.format(then)}${comma}`, ...hour(then));
  }

  /** A time to come: with the day if that is another, and how long it is until then. */
  function until(time, then) {
    const left = then - present();
    const words = [dated(then)];
    if (left > 0 && left < DAY)
      words.push(
        left < HOUR ? soon.format(Math.ceil(left / MINUTE), "minute") : soon.format(Math.round(left / HOUR), "hour"),
      );
    const text = words.join(comma);
    if (time.textContent !== text) time.textContent = text;
  }

  /** Upgrades every `<time data-time>` under `root`; those of entries younger than a day, and those to come, go on ticking. */
  function upgrade(root) {
    for (const line of root.querySelectorAll("[data-yours]")) {
      const [there, here] = [line.dataset.zone, undefined].map((timeZone) =>
        new Date().toLocaleString("en", { timeZone, timeStyle: "short", dateStyle: "short" }),
      );
      if (there !== here) line.textContent = line.dataset.yours.replace("#", hour(new Date())[1].textContent);
    }
    for (const time of root.querySelectorAll("time[data-time]")) {
      const then = new Date(time.dateTime);
      if (Number.isNaN(then.getTime())) continue;
      if (time.dataset.time === "stamp") {
        stamp(time, then);
        if (present() - then < DAY) time.dataset.ticking = "";
      } else if (time.dataset.time === "until") {
        until(time, then);
        time.dataset.ticking = "until";
      } else moment(time, then);
      delete time.dataset.time;
      if (time.closest(".of")) time.lang = spoken; // among entries of stories in other languages
    }
  }

  function tick(root) {
    if (document.hidden) return;
    for (const time of root.querySelectorAll("time[data-ticking]")) {
      const then = new Date(time.dateTime);
      if (time.dataset.ticking) {
        until(time, then);
        continue;
      }
      const text = since(then);
      const under = time.children[1];
      if (under.textContent !== text) under.textContent = text;
      date(time, then);
      if (present() - then >= DAY) delete time.dataset.ticking;
    }
  }

  /** After the clock was set. */
  function again(root) {
    for (const time of root.querySelectorAll("time:has(> b)")) time.dataset.ticking = "";
    tick(root);
  }

  return { upgrade, tick, again, dated, full };
}
