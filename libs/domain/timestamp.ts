import { Zone } from './zone.ts'

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,18}))?)?\s?([Zz]|[+-]\d{2}(?::?\d{2})?)?$/

export interface Timestamp {
  /** Unix ms; what is finer is cut off. */
  readonly instant: number
  /** Whether a fraction of a second was written: then equal content means the same event. */
  readonly fraction: boolean
}

/**
 * Reads an ISO 8601 date and time. One without a zone is read in the given zone.
 *
 * @returns undefined where the text is no such time, or names a day, hour or offset that does not exist
 */
export function parseTimestamp(text: string, zone: Zone): Timestamp | undefined {
  return isUsual(text) ? readUsual(text, zone) : readAny(text, zone)
}

const SECONDS_END = 19
const LONGEST_FRACTION = 18

/**
 * Whether a text has its parts where nearly all producers put them: a day, a T, seconds, perhaps a point and a
 * fraction, and a Z or nothing. Looked at place by place, which costs a fraction of the regular expression.
 */
function isUsual(text: string): boolean {
  for (let i = 0; i < SECONDS_END; i++) {
    const code = text.charCodeAt(i)
    const isPlaced =
      i === 4 || i === 7
        ? code === 0x2d
        : i === 10
          ? code === 0x54
          : i === 13 || i === 16
            ? code === 0x3a
            : isDigit(code)
    if (!isPlaced) return false
  }
  const end = text.length - (text.charCodeAt(text.length - 1) === 0x5a ? 1 : 0)
  if (end === SECONDS_END) return true
  const places = end - SECONDS_END - 1
  if (text.charCodeAt(SECONDS_END) !== 0x2e || places < 1 || places > LONGEST_FRACTION) return false
  for (let i = SECONDS_END + 1; i < end; i++) if (!isDigit(text.charCodeAt(i))) return false
  return true
}

function readUsual(text: string, zone: Zone): Timestamp | undefined {
  const isZoned = text.charCodeAt(text.length - 1) === 0x5a
  const end = text.length - (isZoned ? 1 : 0)
  let millisecond = 0
  for (let i = SECONDS_END + 1; i < SECONDS_END + 4; i++) {
    millisecond = millisecond * 10 + (i < end ? text.charCodeAt(i) - 0x30 : 0)
  }
  const local = localTime(
    two(text, 0) * 100 + two(text, 2),
    two(text, 5),
    two(text, 8),
    two(text, 11),
    two(text, 14),
    two(text, 17),
    millisecond,
  )
  if (local === undefined) return undefined
  return { instant: isZoned ? local : zone.instant(local), fraction: end > SECONDS_END }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function two(text: string, place: number): number {
  return (text.charCodeAt(place) - 0x30) * 10 + text.charCodeAt(place + 1) - 0x30
}

function readAny(text: string, zone: Zone): Timestamp | undefined {
  const match = ISO.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second = '0', fraction, offset] = match
  const local = localTime(+year!, +month!, +day!, +hour!, +minute!, +second, milliseconds(fraction))
  if (local === undefined) return undefined
  const shift = offset === undefined ? undefined : parseOffset(offset)
  if (Number.isNaN(shift)) return undefined
  return {
    instant: shift === undefined ? zone.instant(local) : local - shift,
    fraction: fraction !== undefined,
  }
}

/** A local time as if it were UTC, ms; undefined where it names a day or an hour that does not exist. */
function localTime(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  millisecond: number,
): number | undefined {
  const local = Date.UTC(year, month - 1, day, hour, minute, second, millisecond)
  // Date.UTC rolls over and takes years below 100 for 19xx: what does not come back as written never was.
  const written = new Date(local)
  const exists =
    written.getUTCFullYear() === year &&
    written.getUTCMonth() === month - 1 &&
    written.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  return exists ? local : undefined
}

function milliseconds(fraction: string | undefined): number {
  return fraction === undefined ? 0 : +fraction.slice(0, 3).padEnd(3, '0')
}

/** ms east of UTC; NaN where there is no such offset (they end at 18 hours). */
function parseOffset(text: string): number {
  if (text === 'Z' || text === 'z') return 0
  const hours = +text.slice(1, 3)
  const minutes = text.length > 3 ? +text.slice(-2) : 0
  if (minutes > 59 || hours * 60 + minutes > 18 * 60) return Number.NaN
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

const UTC = new Zone('UTC')
const DAY = /^\d{4}-\d{2}-\d{2}$/
const ZONED = /([Zz]|[+-]\d{2}(:?\d{2})?)$/

/**
 * An instant as people write it, as Unix ms: a time with its zone, or a day, which begins in UTC.
 *
 * @returns undefined where the text is neither
 */
export function parseInstant(text: string): number | undefined {
  const isDay = DAY.test(text)
  return isDay || ZONED.test(text) ? parseTimestamp(isDay ? `${text}T00:00Z` : text, UTC)?.instant : undefined
}
