const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

const UNITS_MS: Readonly<Record<string, number>> = {
  second: SECOND_MS,
  minute: 60 * SECOND_MS,
  hour: 3_600 * SECOND_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
};

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH_NAME = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*';
const TIME = String.raw`(?:(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)`;
const ZONE = String.raw`(z|[+-]\d{2}:?\d{2})`;

const EPOCH = /^@?(\d{9,11})$/;
const RELATIVE =
  /^(?:(\d{1,6}|an?)[ .](second|minute|hour|day|week|month|year)s?[ .]ago|last (day|week|month|year))$/;
const ISO = new RegExp(`^(\\d{4})-(\\d{2})-(\\d{2})(?:[t ]${TIME}\\s?${ZONE}?)?$`);
const MONTH_FIRST = new RegExp(`^${MONTH_NAME}\\.? (\\d{1,2}),? (\\d{4})(?: ${TIME}\\s?${ZONE}?)?$`);
const DAY_FIRST = new RegExp(`^(\\d{1,2}) ${MONTH_NAME}\\.?,? (\\d{4})(?: ${TIME}\\s?${ZONE}?)?$`);

interface Calendar {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly time: readonly (string | undefined)[];
  readonly zone: string | undefined;
}

/** Of a day without a time: its first or its last second. */
export type DayEdge = 'start' | 'end';

/**
 * Reads what people write for a point in time: ISO 8601 (`2024-01-15`, `2024-01-15T14:30:25+01:00`), `Jan 15 2024`,
 * `15 January 2024 14:30`, `now`, `today`, `yesterday`, `2 weeks ago`, `last month`, and seconds since 1970
 * (`@1705329025`). Without a zone it is UTC.
 *
 * @returns whole seconds since 1970 UTC, 0 for what was before: git reads a negative number otherwise; undefined where the text is none of these or names no day of the calendar
 */
export function parsePointInTime(text: string, nowMs: number, edge: DayEdge): number | undefined {
  const written = text.trim().toLowerCase().replaceAll(/\s+/g, ' ');
  const ms = parseRelative(written, nowMs, edge) ?? parseAbsolute(written, edge);
  return ms === undefined || Number.isNaN(ms) ? undefined : Math.max(0, Math.floor(ms / SECOND_MS));
}

function parseRelative(text: string, nowMs: number, edge: DayEdge): number | undefined {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  if (text === 'now') return nowMs;
  if (text === 'today') return dayEdge(today, edge);
  if (text === 'yesterday') return dayEdge(today - DAY_MS, edge);
  const match = RELATIVE.exec(text);
  if (!match) return undefined;
  const [, written = '1', unit = match[3] ?? ''] = match;
  const count = written.startsWith('a') ? 1 : Number(written);
  const unitMs = UNITS_MS[unit];
  return unitMs === undefined
    ? monthsBefore(nowMs, unit === 'year' ? count * 12 : count)
    : nowMs - count * unitMs;
}

// The same day of an earlier month, or that month's last day where it is shorter.
function monthsBefore(nowMs: number, months: number): number {
  const now = new Date(nowMs);
  const first = new Date(nowMs);
  first.setUTCDate(1);
  first.setUTCMonth(first.getUTCMonth() - months);
  const lastDay = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return first.setUTCDate(Math.min(now.getUTCDate(), lastDay));
}

function parseAbsolute(text: string, edge: DayEdge): number | undefined {
  const epoch = EPOCH.exec(text)?.[1];
  if (epoch !== undefined) return Number(epoch) * SECOND_MS;
  const calendar = readIso(text) ?? readMonthFirst(text) ?? readDayFirst(text);
  return calendar && resolve(calendar, edge);
}

function readIso(text: string): Calendar | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, ...rest] = match;
  return {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    time: rest.slice(0, 3),
    zone: rest[3],
  };
}

function readMonthFirst(text: string): Calendar | undefined {
  const match = MONTH_FIRST.exec(text);
  if (!match) return undefined;
  const [, month = '', day, year, ...rest] = match;
  return {
    year: Number(year),
    month: monthNumber(month),
    day: Number(day),
    time: rest.slice(0, 3),
    zone: rest[3],
  };
}

function readDayFirst(text: string): Calendar | undefined {
  const match = DAY_FIRST.exec(text);
  if (!match) return undefined;
  const [, day, month = '', year, ...rest] = match;
  return {
    year: Number(year),
    month: monthNumber(month),
    day: Number(day),
    time: rest.slice(0, 3),
    zone: rest[3],
  };
}

function resolve({ year, month, day, time, zone }: Calendar, edge: DayEdge): number | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  // Date.UTC takes February 31 for March 2, and the year 99 for 1999.
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    return undefined;
  const [hours, minutes, seconds = '0'] = time;
  if (hours === undefined || minutes === undefined) return dayEdge(date.getTime(), edge);
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return undefined;
  const ofDayMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * SECOND_MS;
  return date.getTime() + ofDayMs - zoneOffsetMs(zone);
}

function zoneOffsetMs(zone: string | undefined): number {
  if (zone === undefined || zone === 'z') return 0;
  const digits = zone.slice(1).replace(':', '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60 * SECOND_MS;
}

function dayEdge(dayMs: number, edge: DayEdge): number {
  return edge === 'start' ? dayMs : dayMs + DAY_MS - SECOND_MS;
}

function monthNumber(name: string): number {
  return MONTHS.indexOf(name) + 1;
}
