import { z } from 'zod'
import { LaurelError } from '#domain/error.ts'
import { FAILURES, type FailureCode } from '#domain/failure.ts'
import { parseInstant } from '#domain/timestamp.ts'

/** Larger ones JavaScript does not tell from their neighbours. */
const LARGEST = Number.MAX_SAFE_INTEGER
const LONGEST = 1_000
const CODES = Object.keys(FAILURES) as [FailureCode, ...FailureCode[]]

/** A number as JSON has it, or as a query does. */
function whole(least: number, most = LARGEST) {
  const error =
    most === LARGEST
      ? `expected a whole number from ${least} on`
      : `expected a whole number from ${least} to ${most}`
  const digits = z
    .string({ error })
    .regex(/^\d{1,16}$/, error)
    .transform(Number)
  const number = z.int({ error }).min(least, error).max(most, error)
  return z.union([digits.pipe(number), number], { error })
}

const text = z
  .string({ error: 'expected one text' })
  .min(1, 'expected one text')
  .max(LONGEST, `expected at most ${LONGEST} characters`)
  .refine((value) => !value.includes('\0'), 'expected no NUL characters')

const time = z.string({ error: 'expected one time' }).transform((written, context) => {
  // The + of an offset that was not percent-encoded arrives as a space.
  const instant = parseInstant(written.trim().replace(/(T\S+) (\d{2}:?\d{2})$/i, '$1+$2'))
  if (instant !== undefined) return instant
  context.addIssue({
    code: 'custom',
    message: 'expected a time with its zone, such as 2026-01-31T08:00+06:00, or a day, such as 2026-01-31',
  })
  return z.NEVER
})

const number = whole(1)
const ids = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',') : value),
  z
    .array(number, { error: 'expected numbers of failures' })
    .min(1, 'expected numbers of failures')
    .max(1_000),
)

/** Which failures, as requests say it: the words of `laurel failures`, with the same meaning. */
const selection = z.strictObject({
  ids: ids.optional(),
  code: z.enum(CODES, { error: `expected a code, such as ${CODES[0]}` }).optional(),
  fingerprint: text.optional(),
  source: text.optional(),
  topic: text.optional(),
  partition: whole(0, 2_147_483_647).optional(),
  offset: whole(0).optional(),
  customer: text.optional(),
  event: text.optional(),
  since: time.optional(),
  until: time.optional(),
})

const STATES = ['open', 'resolved', 'discarded', 'all'] as const
const state = z
  .enum(STATES, { error: `expected ${STATES.join(', ')}` })
  .default('open')
  .transform((chosen) => (chosen === 'all' ? undefined : chosen))

export const counting = selection.extend({ state })
export const listing = counting.extend({ after: whole(0).optional(), limit: whole(1, 1_000).default(20) })
export const causes = z.strictObject({ limit: whole(1, 1_000).default(20) })
export const one = z.strictObject({ failure: number })
export const nothing = z.strictObject({})

const scope = selection.extend({
  limit: whole(1).default(LARGEST),
  dryRun: z.boolean({ error: 'expected true or false' }).default(false),
})
export const retrying = scope.extend({
  canary: whole(0).default(10),
  rate: whole(1, 10_000).optional(),
  after: whole(0).optional(),
})
export const reason = z.strictObject({ reason: text })
export const discarding = scope.extend(reason.shape)
export const assigning = z
  .strictObject({ fingerprint: text, owner: text.optional(), note: text.optional() })
  .refine(({ owner, note }) => owner !== undefined || note !== undefined, {
    error: 'say who, with owner, or what is known, with note',
  })

/**
 * What a request chose.
 *
 * @throws LaurelError ARGUMENT_INVALID with every mistake, each with what is expected
 */
export function choose<T extends z.ZodType>(schema: T, given: unknown): z.infer<T> {
  const result = schema.safeParse(given ?? {})
  if (result.success) return result.data
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape).join(', ') : ''
  const mistakes = result.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys')
      return `${issue.keys.join(', ')}: not known here; there are ${known || 'none'}`
    if (issue.code === 'invalid_type' && issue.path.length === 0) return 'expected a JSON object'
    return [issue.path.join('.'), issue.message].filter((part) => part !== '').join(': ')
  })
  throw new LaurelError('ARGUMENT_INVALID', mistakes.join('; '))
}
