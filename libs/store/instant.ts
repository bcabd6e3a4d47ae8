import { dayName } from '#domain/calendar.ts'

const DAY_MS = 86_400_000
const padded = (count: number, width: number) =>
  Array.from({ length: count }, (_, number) => String(number).padStart(width, '0'))
const TWO_DIGITS = padded(60, 2)
const THREE_DIGITS = padded(1000, 3)
/** Days with their dates, each in the place of its number. */
const DATES: { day: number; date: string }[] = Array.from({ length: 64 }, () => ({
  day: Number.NaN,
  date: '',
}))

/**
 * A time (Unix ms) as PostgreSQL reads it: what `toISOString` writes, which by itself takes a fortieth of what an event
 * costs. Times that are written together are of few days, so that a day's date is put together once.
 *
 * @throws RangeError where there is no such time
 */
export function toInstant(ms: number): string {
  const instant = Math.trunc(ms)
  const day = Math.floor(instant / DAY_MS)
  const rest = instant - day * DAY_MS
  const seconds = Math.floor(rest / 1000)
  const minutes = Math.floor(seconds / 60)
  return `${dateOf(day)}T${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}.${THREE_DIGITS[rest % 1000]}Z`
}

function dateOf(day: number): string {
  const kept = DATES[day & (DATES.length - 1)]!
  if (kept.day !== day) {
    kept.date = dayName(day)
    kept.day = day
  }
  return kept.date
}

/** Unix ms of a time as PostgreSQL writes it. */
export function fromInstant(text: string): number {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new RangeError(`PostgreSQL wrote a time that cannot be read: ${text}`)
  return ms
}
