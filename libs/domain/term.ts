import { z } from 'zod'
import { isWalletEvent } from './event.ts'

// What the entries of program.yaml are made of.

/** States are kept under ids and types as plain objects, which have some names from birth. */
const free = z
  .string()
  .refine((name) => !(name in {}), { error: 'this name is taken by Laurel itself: choose another' })
const ID = /^[a-z][a-z0-9-]{0,63}$/
export const id = free
  .regex(ID, {
    error: ({ input }) => {
      const near = String(input)
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^[^a-z]+|-$/g, '')
      return `expected an id of small letters, digits and -${ID.test(near) ? `, such as ${near}` : ''}`
    },
  })
  .meta({
    description:
      'A name of its own in the whole program; what was earned is kept under it, so that it stays for ever.',
    examples: ['recharge-bonus'],
  })
/** The id of a wallet of the program. */
export const wallet = id.meta({ description: 'A wallet of the program, by its id.', examples: ['points'] })
export const type = free
  .min(1)
  .max(64)
  .refine((name) => !isWalletEvent(name), {
    error: 'types that begin with laurel. are written by Laurel itself: name a type of your own events',
  })
  .meta({ description: 'The type of the events that are looked at.', examples: ['recharge'] })
/** One type of events, or several. */
export const types = z
  .union([type, z.array(type).min(1).max(20)], {
    error: 'expected a type of events such as recharge, or a list of them: [recharge, topup]',
  })
  .meta({
    description: 'The type of the events that are looked at, or a list of types.',
    examples: ['recharge'],
  })
export const amount = z
  .number()
  .positive()
  .max(1_000_000_000)
  .meta({ description: 'More than 0, with at most four decimals.', examples: [50] })
export const days = z
  .int()
  .min(1)
  .max(3_660)
  .meta({ description: 'Local days in the zone of the program.', examples: [30] })
export const period = z.enum(['day', 'week', 'month', 'all']).meta({
  description:
    'A local day, an ISO week (from Monday), a calendar month, or all of time, in the zone of the program.',
  examples: ['month'],
})
export const date = z.iso.date({ error: 'expected a day that exists, such as 2026-11-02' })
const daysPeriod = z.strictObject({ days, starting: date.optional() })
const DAYS_PERIOD = '{ days: 10, starting: 2026-11-02 }'
/** A calendar period that comes again: a day, an ISO week, a month, or so many days. */
export const calendarPeriod = z
  .union([z.enum(['day', 'week', 'month']), daysPeriod], {
    error: `expected day, week, month, or ${DAYS_PERIOD}`,
  })
  .meta({
    description: `A calendar period that comes again: day, week, month, or ${DAYS_PERIOD}.`,
    examples: ['month'],
  })
/** The same, or all of time as one. */
export const periodOrAll = z
  .union([period, daysPeriod], {
    error: `expected day, week, month, all, or ${DAYS_PERIOD}`,
  })
  .meta({ description: `A calendar period: day, week, month, all, or ${DAYS_PERIOD}.`, examples: ['month'] })
/** A CEL expression. */
export const expression = z
  .string({
    error: ({ input }) =>
      typeof input === 'number'
        ? `expected an expression: put the number in quotes and with a point, as '${Number.isInteger(input) ? input.toFixed(1) : input}'`
        : undefined,
  })
  .meta({
    description:
      'A CEL expression over event, customer, scores and wallets. Numbers are written with a point: 10.0.',
    examples: ['event.value >= 10.0'],
  })
/** What every rule begins with. */
export const rule = {
  id,
  on: type,
  when: expression
    .meta({
      description:
        'A CEL condition that an event has to meet to count; every event of the type where there is none.',
    })
    .optional(),
}

/** Bounds of levels, the lowest first. */
export function levels(each: z.ZodNumber | z.ZodInt) {
  return z
    .array(each)
    .min(1)
    .refine(isAscending, { error: 'expected levels in ascending order, each once' })
    .meta({ description: 'What each level takes, the lowest first.', examples: [[3, 7, 30]] })
}

function isAscending(all: readonly number[]): boolean {
  return all.every((each, i) => i === 0 || each > all[i - 1]!)
}

/**
 * When a rule is in force: what is published later says from when on it counts, and is never taken out. And
 * whether an event that it cannot be evaluated on counts for the other rules all the same.
 */
export const force = {
  from: z
    .string()
    .meta({
      description:
        'From when on events count, in the zone of the program. Needed for a new entry, unless it counts history.',
      examples: ['2026-12-01T00:00'],
    })
    .optional(),
  until: z
    .string()
    .meta({ description: 'Events from this time on do not count any more.', examples: ['2027-01-01T00:00'] })
    .optional(),
  counts: z
    .literal('history')
    .meta({ description: 'Has it count all events of the past as well; instead of from.' })
    .optional(),
  onError: z
    .literal('skip')
    .meta({
      description:
        'Where it cannot be evaluated on an event, that event counts for the other rules all the same.',
    })
    .optional(),
}

/** How many hours after an end late events still count, before what depends on several customers is settled. */
export const graceHours = z.number().min(0).max(8_784).optional()

/** The same in ms: a day, unless the program says otherwise. */
export function graceOf(hours: number | undefined): number {
  return (hours ?? 24) * 3_600_000
}
