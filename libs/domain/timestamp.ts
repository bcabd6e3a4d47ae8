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
  const match = ISO.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second = '0', fraction, offset] = match
  const local = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second, milliseconds(fraction))
  // Date.UTC rolls over and takes years below 100 for 19xx: what does not come back as written never was.
  const written = new Date(local)
  const exists =
    written.getUTCFullYear() === +year! &&
    written.getUTCMonth() === +month! - 1 &&
    written.getUTCDate() === +day! &&
    +hour! < 24 &&
    +minute! < 60 &&
    +second < 60
  if (!exists) return undefined
  const shift = offset === undefined ? undefined : parseOffset(offset)
  if (Number.isNaN(shift)) return undefined
  return {
    instant: shift === undefined ? zone.instant(local) : local - shift,
    fraction: fraction !== undefined,
  }
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
