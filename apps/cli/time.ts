import { InvalidArgumentError } from 'commander'
import { parseTimestamp } from '#domain/timestamp.ts'
import { Zone } from '#domain/zone.ts'

const UTC = new Zone('UTC')
const DAY = /^\d{4}-\d{2}-\d{2}$/
const ZONED = /([Zz]|[+-]\d{2}(:?\d{2})?)$/

/**
 * An instant as Unix ms: a time with its zone, or a day, which begins in UTC.
 *
 * @throws InvalidArgumentError with what to write
 */
export function instant(text: string): number {
  const isDay = DAY.test(text)
  const time = isDay || ZONED.test(text) ? parseTimestamp(isDay ? `${text}T00:00Z` : text, UTC) : undefined
  if (!time)
    throw new InvalidArgumentError(
      'Write a time with its zone, such as 2026-01-31T08:00+06:00, or a day, such as 2026-01-31.',
    )
  return time.instant
}
