/** Moments in the reader's zone and hour cycle: as message times, day dividers and Slack's date tokens. */

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const SECONDS = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DAY_MS = 24 * 60 * 60 * 1000;

export function fromTs(ts) {
  return new Date(Number(ts) * 1000);
}

export function clock(date) {
  return TIME.format(date);
}

/** With day and seconds, as a tooltip. */
export function exact(date) {
  return `${long(date)} at ${SECONDS.format(date)}`;
}

/** As a divider between days: Today, Yesterday, Monday, November 23rd. */
export function dayName(date) {
  return near(date) ?? `${part(date, { weekday: "long" })}, ${part(date, { month: "long" })} ${ordinal(date)}${year(date)}`;
}

export function sameDay(one, other) {
  return one.toDateString() === other.toDateString();
}

/** `today at 10:42`, `yesterday at …`, `Nov 3 at …`. */
export function lately(date) {
  const day = near(date)?.toLowerCase() ?? `${part(date, { month: "short" })} ${ordinal(date)}`;
  return `${day} at ${clock(date)}`;
}

/**
 * A date token's text, or null for a format that has no placeholder known here.
 * Source: docs.slack.dev, "Formatting message text", date formatting.
 */
export function dateText(seconds, format) {
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return null;
  let known = false;
  const shown = format.replace(/\{(\w+)\}/g, (whole, name) => {
    if (!PARTS[name]) return whole;
    known = true;
    return PARTS[name](date);
  });
  return known ? shown : null;
}

const PARTS = {
  time: clock,
  time_secs: (date) => SECONDS.format(date),
  date_num: (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
  date: (date) => `${part(date, { month: "long" })} ${ordinal(date)}, ${date.getFullYear()}`,
  date_slash: (date) => `${two(date.getMonth() + 1)}/${two(date.getDate())}/${date.getFullYear()}`,
  date_short: short,
  date_long: long,
  date_long_full: long,
  date_pretty: (date) => near(date)?.toLowerCase() ?? PARTS.date(date),
  date_short_pretty: (date) => near(date)?.toLowerCase() ?? short(date),
  date_long_pretty: (date) => near(date)?.toLowerCase() ?? long(date),
  day_divider_pretty: dayName,
  ago,
};

function long(date) {
  return `${part(date, { weekday: "long" })}, ${PARTS.date(date)}`;
}

function short(date) {
  return `${part(date, { month: "short" })} ${date.getDate()}, ${date.getFullYear()}`;
}

function near(date) {
  const days = Math.round((midnight(date) - midnight(new Date())) / DAY_MS);
  return { 0: "Today", [-1]: "Yesterday", 1: "Tomorrow" }[days] ?? null;
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

function ago(date) {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const [unit, size] = [["day", 86_400], ["hour", 3_600], ["minute", 60]].find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return new Intl.RelativeTimeFormat("en").format(Math.round(seconds / size), unit);
}

function ordinal(date) {
  const day = date.getDate();
  const ending = day % 100 >= 11 && day % 100 <= 13 ? "th" : { 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th";
  return `${day}${ending}`;
}

function year(date) {
  return date.getFullYear() === new Date().getFullYear() ? "" : `, ${date.getFullYear()}`;
}

function part(date, options) {
  return new Intl.DateTimeFormat("en", options).format(date);
}

function two(number) {
  return String(number).padStart(2, "0");
}
