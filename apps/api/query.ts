import type { Request } from 'express'
import { z } from 'zod'
import { parseTimestamp } from '#domain/timestamp.ts'
import type { Zone } from '#domain/zone.ts'
import { Problem } from './problem.ts'

const ONE = 'expected one value'

// Described last: what is wrapped into an optional loses its description.
export const text = (description: string) =>
  z.string({ error: ONE }).min(1, ONE).optional().describe(description)

const COUNT = 'expected a whole number from 1 to 100'

export const limit = (standard: number) =>
  z.coerce
    .number({ error: COUNT })
    .int({ error: COUNT })
    .min(1, COUNT)
    .max(100, COUNT)
    .default(standard)
    .describe('how many at most')

/**
 * A request's query parameters. One that does not exist is refused, since it would otherwise be overlooked.
 *
 * @throws Problem request-invalid with every mistake
 */
export function readQuery<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  request: Request,
): z.infer<z.ZodObject<Shape>> {
  const result = z.strictObject(schema.shape).safeParse(request.query)
  if (result.success) return result.data as z.infer<z.ZodObject<Shape>>
  const known = Object.keys(schema.shape).join(', ') || 'none here'
  const mistakes = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.join(', ')}: no such parameter; there are ${known}`
      : `${issue.path.join('.')}: ${issue.message}`,
  )
  throw new Problem('request-invalid', mistakes.join('; '))
}

/** What PostgreSQL and toISOString can write: the years 1 to 9999. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z')
const LATEST = Date.parse('9999-12-31T23:59:59Z')

/**
 * A time in a query parameter as Unix ms.
 *
 * @param zone where one without a zone is read
 * @throws Problem request-invalid
 */
export function readTime(parameter: string, written: string, zone: Zone): number {
  // The + of an offset that was not percent-encoded arrives as a space.
  const instant = parseTimestamp(written.trim().replace(/(T\S+) (\d{2}:?\d{2})$/i, '$1+$2'), zone)?.instant
  if (instant === undefined || instant < EARLIEST || instant > LATEST) {
    throw new Problem(
      'request-invalid',
      `${parameter}: expected a time in ISO 8601 such as 2026-11-23T09:00:00Z, got ${JSON.stringify(written)}`,
    )
  }
  return instant
}
