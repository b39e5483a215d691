// Times and sizes as people say them.

/** @type {(options: Intl.DateTimeFormatOptions, locale?: string) => (at: number) => string} */
const formatter = (options, locale) => {
  const format = new Intl.DateTimeFormat(locale, options);
  return (at) => format.format(at);
};
// Hours as the system writes them; the words are the page's language.
const shortTime = formatter({ hour: "2-digit", minute: "2-digit" });
const weekday = formatter({ weekday: "long", day: "numeric", month: "long" }, "en-GB");
const withYear = formatter({ day: "numeric", month: "long", year: "numeric" }, "en-GB");

/**
 * The time of day.
 *
 * @param {number} at Unix milliseconds.
 */
export const timeOf = (at) => shortTime(at);

/**
 * Names a local day, the same for each moment of it.
 *
 * @param {number} at Unix milliseconds.
 */
export function dayOf(at) {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/**
 * What a day is called.
 *
 * @param {number} at A moment of it, Unix milliseconds.
 * @param {number} now
 */
export function dayName(at, now) {
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (dayOf(at) === dayOf(now)) return "Today";
  if (dayOf(at) === dayOf(yesterday.getTime())) return "Yesterday";
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? weekday(at) : withYear(at);
}

/**
 * Day and time.
 *
 * @param {number} at Unix milliseconds.
 * @param {number} now
 */
export function momentOf(at, now) {
  const day = dayName(at, now);
  return day === "Today" ? timeOf(at) : `${day.replace("Yesterday", "yesterday")} ${timeOf(at)}`;
}

/**
 * A size.
 *
 * @param {number} bytes
 */
export function sizeOf(bytes) {
  if (bytes < 1_000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  const units = ["kB", "MB", "GB", "TB"];
  let [size, unit] = [bytes / 1_000, 0];
  // 999.5 would be shown as 1000.
  while (size >= 999.5 && unit < units.length - 1) [size, unit] = [size / 1_000, unit + 1];
  return `${size.toFixed(size < 9.95 ? 1 : 0)} ${units[unit]}`;
}

/**
 * `1 message`, `2 messages`.
 *
 * @param {number} count
 * @param {string} [of]
 */
export function countOf(count, of = "message") {
  return `${count.toLocaleString("en")} ${of}${count === 1 ? "" : "s"}`;
}
