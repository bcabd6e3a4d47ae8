import { z } from 'zod'
import { isWalletEvent } from './event.ts'

/** States are kept under ids and types as plain objects, which have some names from birth. */
const free = z
  .string()
  .refine((name) => !(name in {}), { error: 'this name means something else in JavaScript; choose another' })
const id = free.regex(/^[a-z][a-z0-9-]{0,63}$/, 'expected an id of small letters, digits and -')
const type = free
  .min(1)
  .max(64)
  .refine((name) => !isWalletEvent(name), {
    error: 'types that begin with laurel. are written by Laurel itself',
  })
const amount = z.number().positive().max(1_000_000_000)

const bands = z
  .array(z.strictObject({ from: z.number(), name: z.string().min(1) }))
  .min(1)
  .refine((list) => list.every(({ from }, i) => i === 0 || from < list[i - 1]!.from), {
    error: 'expected bands in descending order of from',
  })
const steps = z
  .array(
    z
      .strictObject({
        atMost: z.number().optional(),
        atLeast: z.number().optional(),
        above: z.number().optional(),
        score: z.number(),
      })
      .refine((step) => Object.keys(step).length <= 2, {
        error: 'expected one of atMost, atLeast and above',
      }),
  )
  .min(1)
const days = z.int().min(1).max(3_660)
const period = z.enum(['day', 'week', 'month', 'all'])
const ascending = (all: readonly number[]) => all.every((each, i) => i === 0 || each > all[i - 1]!)

/**
 * When a rule is in force: what is published later says from when on it counts, and is never taken out. And
 * whether an event that it cannot be evaluated on counts for the other rules all the same.
 */
const force = {
  from: z.string().optional(),
  until: z.string().optional(),
  counts: z.literal('history').optional(),
  onError: z.literal('skip').optional(),
}

/** What program.yaml holds. */
export const programSchema = z.strictObject({
  program: id,
  zone: z.string(),
  wallets: z
    .array(
      z.union([id, z.strictObject({ id, expiresAfterDays: days.optional() })], {
        error: 'expected the name of a wallet, or { id: points, expiresAfterDays: 365 }',
      }),
    )
    .min(1),
  scores: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ id, kind: z.literal('recency'), on: type, steps, bands }),
        z.strictObject({ id, kind: z.literal('frequency'), on: type, days: days.max(366), steps, bands }),
        z.strictObject({ id, kind: z.literal('monetary'), on: type, days: days.max(366), steps, bands }),
        z.strictObject({
          id,
          kind: z.literal('engagement'),
          on: type.optional(),
          days: days.max(366),
          bands,
        }),
        z.strictObject({
          id,
          kind: z.literal('decayed'),
          on: type,
          days: days.max(366),
          halfLifeDays: z.number().positive(),
          bands,
        }),
      ]),
    )
    .default([]),
  points: z
    .array(
      z.strictObject({
        id,
        on: type,
        when: z.string().optional(),
        amount: z.string(),
        wallet: id,
        cap: z.strictObject({ amount, per: period }).optional(),
        availableAfterDays: days.optional(),
        ...force,
      }),
    )
    .default([]),
  badges: z
    .array(
      z.discriminatedUnion('kind', [
        z.strictObject({ id, kind: z.literal('first'), on: type, when: z.string().optional(), ...force }),
        z.strictObject({
          id,
          kind: z.literal('day-streak'),
          on: type,
          when: z.string().optional(),
          levels: z
            .array(z.int().min(1))
            .min(1)
            .refine(ascending, { error: 'expected levels in ascending order' }),
          ...force,
        }),
        z.strictObject({
          id,
          kind: z.literal('sum'),
          on: type,
          when: z.string().optional(),
          levels: z.array(amount).min(1).refine(ascending, { error: 'expected levels in ascending order' }),
          per: period.default('all'),
          only: z.literal('positive').optional(),
          follow: z.boolean().default(false),
          ...force,
        }),
        z.strictObject({ id, kind: z.literal('band'), score: id, band: z.string().min(1), ...force }),
      ]),
    )
    .default([]),
  missions: z
    .array(
      z.strictObject({
        id,
        on: type,
        when: z.string().optional(),
        objective: z.union(
          [
            z.strictObject({ sum: z.literal('value'), target: z.number().positive() }),
            z.strictObject({ count: z.literal('events'), target: z.int().positive() }),
          ],
          { error: 'expected { sum: value, target: 5120 } or { count: events, target: 3 }' },
        ),
        window: z.enum(['day', 'week', 'month', 'once']),
        reward: z.strictObject({ wallet: id, amount }).optional(),
        tellMissed: z.boolean().default(false),
        ...force,
      }),
    )
    .default([]),
  leaderboards: z.array(z.strictObject({ id, wallet: id, period })).default([]),
})

export type Definition = z.infer<typeof programSchema>
