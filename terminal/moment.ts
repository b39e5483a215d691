const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

const WHOLE_DAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
const WHOLE_MONTHS = [
  ..."January February March April May June".split(" "),
  ..."July August September October November December".split(" "),
];

/** `HH:MM` where this machine is; `--:--` for a time that is none. */
export function localTime(at: number): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return "--:--";
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}`;
}

/**
 * A moment as people say it: `today 18:02`, `yesterday 18:02`, `Mon 16 Nov 18:02`, in another year
 * `Mon 16 Nov 2020 18:02`; where this machine is.
 *
 * @param at The moment, Unix milliseconds.
 * @param now What time it is.
 * @returns The words; `--:--` for a time that is none.
 */
export function localMoment(at: number, now: number): string {
  const [then, today] = [new Date(at), new Date(now)];
  if (Number.isNaN(then.getTime())) return localTime(at);
  // Days are counted by the calendar: one of them may have 23 or 25 hours.
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  const isSameYear = then.getFullYear() === today.getFullYear();
  const day = then.toDateString() === today.toDateString()
    ? "today"
    : then.toDateString() === yesterday.toDateString()
    ? "yesterday"
    : `${DAYS[then.getDay()]} ${then.getDate()} ${MONTHS[then.getMonth()]}${
      isSameYear ? "" : ` ${then.getFullYear()}`
    }`;
  return `${day} ${localTime(at)}`;
}

/** `Saturday, 21 November 2026`: the day of a moment, where this machine is. */
export function dayText(at: number): string {
  const day = new Date(at);
  if (Number.isNaN(day.getTime())) return "an unknown day";
  const month = WHOLE_MONTHS[day.getMonth()];
  return `${WHOLE_DAYS[day.getDay()]}, ${day.getDate()} ${month} ${day.getFullYear()}`;
}
