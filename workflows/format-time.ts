/** Codes of a form, as Liquid and strftime spell them. `%-d` is without the zero or blank in front. */
const CODE = /%(-?)(:z|[a-zA-Z%])/g;
const LONGEST_FORM = 100;
/** Forms whose outcome is RFC 3339 in every zone, and in UTC. */
const RFC_3339 = /^(?:%Y-%m-%dT|%FT)(?:%H:%M:%S|%T)(?:\.%L)?%:z$/;

interface Parts {
  readonly [part: string]: string;
}

const CODES: Readonly<Record<string, (parts: Parts, ms: number) => string>> = {
  Y: ({ year = "" }) => year.padStart(4, "0"),
  y: ({ year = "" }) => year.slice(-2).padStart(2, "0"),
  m: ({ month = "" }) => month,
  d: ({ day = "" }) => day,
  e: ({ day = "" }) => day.replace(/^0/, " "),
  b: ({ monthName = "" }) => monthName.slice(0, 3),
  B: ({ monthName = "" }) => monthName,
  a: ({ weekday = "" }) => weekday.slice(0, 3),
  A: ({ weekday = "" }) => weekday,
  H: ({ hour = "" }) => hour,
  I: ({ hour = "" }) => String(Number(hour) % 12 || 12).padStart(2, "0"),
  l: ({ hour = "" }) => String(Number(hour) % 12 || 12).padStart(2, " "),
  M: ({ minute = "" }) => minute,
  S: ({ second = "" }) => second,
  L: (_, ms) => String(((ms % 1000) + 1000) % 1000).padStart(3, "0"),
  p: ({ hour = "" }) => (Number(hour) < 12 ? "AM" : "PM"),
  F: ({ year = "", month = "", day = "" }) => `${year.padStart(4, "0")}-${month}-${day}`,
  T: ({ hour = "", minute = "", second = "" }) => `${hour}:${minute}:${second}`,
  s: (_, ms) => String(Math.floor(ms / 1000)),
  z: ({ offset = "" }) => offset.replace(":", ""),
  ":z": ({ offset = "" }) => offset,
  "%": () => "%",
};

/** Why a form cannot be used; undefined where it can. */
export function faultOfForm(form: string): string | undefined {
  if (form.length > LONGEST_FORM) return `takes a form of at most ${LONGEST_FORM} characters`;
  for (const [written, , code] of form.matchAll(CODE))
    if (!Object.hasOwn(CODES, code as string)) return `does not know ${written}; it knows %${Object.keys(CODES).join(" %")}`;
  return undefined;
}

/** Does a form give RFC 3339? */
export function isTimeFormat(form: string): boolean {
  return RFC_3339.test(form);
}

/** Is there such a time zone? */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** A time in a form and a time zone, in English; or why not. Depends on nothing else: neither on the machine's zone nor on its language. */
export function formatTime(ms: number, form: string, zone: string): string | { readonly problem: string } {
  const fault = faultOfForm(form);
  if (fault !== undefined) return { problem: fault };
  if (!isZone(zone)) return { problem: "does not know the time zone; it takes names such as Europe/Vienna" };
  const parts = partsOf(ms, zone);
  return form.replace(CODE, (_, minus: string, code: string) => {
    const text = (CODES[code] as (parts: Parts, ms: number) => string)(parts, ms);
    return minus === "" ? text : text.replace(/^[0 ]+(?=.)/, "");
  });
}

function partsOf(ms: number, zone: string): Parts {
  const of = (options: Intl.DateTimeFormatOptions) =>
    Object.fromEntries(
      new Intl.DateTimeFormat("en-US", { calendar: "gregory", timeZone: zone, ...options })
        .formatToParts(ms)
        .map(({ type, value }) => [type, value]),
    );
  const digits = of({
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  });
  const { month: monthName = "", weekday = "" } = of({ month: "long", weekday: "long" });
  const offset = (digits.timeZoneName ?? "").replace(/^GMT$/, "+00:00").replace(/^GMT/, "").slice(0, 6);
  return { ...digits, monthName, weekday, offset };
}
