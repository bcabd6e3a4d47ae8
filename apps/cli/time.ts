import { InvalidArgumentError } from 'commander'
import { parseInstant } from '#domain/timestamp.ts'

/**
 * An instant as Unix ms: a time with its zone, or a day, which begins in UTC.
 *
 * @throws InvalidArgumentError with what to write
 */
export function instant(text: string): number {
  const time = parseInstant(text)
  if (time === undefined)
    throw new InvalidArgumentError(
      'Write a time with its zone, such as 2026-01-31T08:00+06:00, or a day, such as 2026-01-31.',
    )
  return time
}
