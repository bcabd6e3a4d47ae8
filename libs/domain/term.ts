import { z } from 'zod'
import { isWalletEvent } from './event.ts'

// What the entries of program.yaml are made of.

/** States are kept under ids and types as plain objects, which have some names from birth. */
const free = z
  .string()
  .refine((name) => !(name in {}), { error: 'this name means something else in JavaScript; choose another' })
export const id = free.regex(/^[a-z][a-z0-9-]{0,63}$/, 'expected an id of small letters, digits and -')
export const type = free
  .min(1)
  .max(64)
  .refine((name) => !isWalletEvent(name), {
    error: 'types that begin with laurel. are written by Laurel itself',
  })
/** One type of events, or several. */
export const types = z.union([type, z.array(type).min(1).max(20)], {
  error: 'expected a type of events such as recharge, or a list of them: [recharge, topup]',
})
export const amount = z.number().positive().max(1_000_000_000)
export const days = z.int().min(1).max(3_660)
export const period = z.enum(['day', 'week', 'month', 'all'])
export const date = z.iso.date({ error: 'expected a day that exists, such as 2026-11-02' })
const daysPeriod = z.strictObject({ days, starting: date.optional() })
const DAYS_PERIOD = '{ days: 10, starting: 2026-11-02 }'
/** A calendar period that comes again: a day, an ISO week, a month, or so many days. */
export const calendarPeriod = z.union([z.enum(['day', 'week', 'month']), daysPeriod], {
  error: `expected day, week, month, or ${DAYS_PERIOD}`,
})
/** The same, or all of time as one. */
export const periodOrAll = z.union([period, daysPeriod], {
  error: `expected day, week, month, all, or ${DAYS_PERIOD}`,
})
/** A CEL expression. */
export const expression = z.string()
/** What every rule begins with. */
export const rule = { id, on: type, when: expression.optional() }

/** Bounds of levels, the lowest first. */
export function levels(each: z.ZodNumber | z.ZodInt) {
  return z.array(each).min(1).refine(isAscending, { error: 'expected levels in ascending order' })
}

function isAscending(all: readonly number[]): boolean {
  return all.every((each, i) => i === 0 || each > all[i - 1]!)
}

/**
 * When a rule is in force: what is published later says from when on it counts, and is never taken out. And
 * whether an event that it cannot be evaluated on counts for the other rules all the same.
 */
export const force = {
  from: z.string().optional(),
  until: z.string().optional(),
  counts: z.literal('history').optional(),
  onError: z.literal('skip').optional(),
}
