import type { RequestHandler } from 'express'
import { z } from 'zod'
import { periodName, periodNumber } from '#domain/calendar.ts'
import { toDecimal } from '#domain/decimal.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { isAhead, type Profile, profileAt } from '#domain/profile.ts'
import { addEvents, NO_SCORES } from '#domain/score.ts'
import type { Context } from '#pipeline/context.ts'
import { isRedisUnavailable } from '#queue/redis.ts'
import { awardsOf } from '#store/awards.ts'
import { eventsUntil } from '#store/events.ts'
import { customerStates } from '#store/states.ts'
import { answer } from './answer.ts'
import { readQuery, readTime, text } from './query.ts'
import type { Customer } from './schema.ts'
import { findCustomer, type KnownCustomer } from './subject.ts'

export const customerQuery = z.object({
  asOf: text('a time in ISO 8601; one without a zone is in the zone of the program'),
})

/** GET /v1/customers/{id} */
export function showCustomer(context: Context): RequestHandler<{ id: string }> {
  return answer(async (request) => {
    const { asOf } = readQuery(customerQuery, request)
    const now = Date.now()
    const instant = asOf === undefined ? now : readTime('asOf', asOf, context.program.zone)
    const customer = await findCustomer(context, request.params.id)
    const profile = await (asOf === undefined
      ? presentProfile(context, customer, instant)
      : profileOf(context, customer, instant))
    const ranks = instant < now ? {} : await ranksOf(context, customer.customerId, instant)
    return { ...profile, ranks } satisfies Profile & Pick<Customer, 'ranks'>
  })
}

/** From what the stages have stored. */
async function presentProfile(
  { database, program }: Context,
  { customerId, subject }: KnownCustomer,
  now: number,
): Promise<Profile> {
  const { sql } = database
  const [states, awards] = await Promise.all([customerStates(sql, customerId), awardsOf(sql, [customerId])])
  const { scores, game } = states ?? { scores: NO_SCORES, game: NEW_GAME }
  const customer = { subjects: [subject], scores, game, outcomes: awards.filter(({ live }) => live) }
  if (!isAhead(game, now, program)) return profileAt(customer, now, program)
  const past = foldAll(NEW_GAME, await eventsUntil(sql, customerId, now), program).state
  return profileAt({ ...customer, past }, now, program)
}

/** Worked out from the events up to an instant: what would have been seen then, had all of them arrived. */
async function profileOf(
  { database, program }: Context,
  { customerId, subject }: KnownCustomer,
  instant: number,
): Promise<Profile> {
  const events = await eventsUntil(database.sql, customerId, instant)
  const { state: game, outcomes } = foldAll(NEW_GAME, events, program)
  const scores = addEvents(NO_SCORES, events, program.scores, program.zone)
  return profileAt({ subjects: [subject], scores, game, outcomes }, instant, program)
}

/** Empty where the index does not know: while it is made anew, or Redis is away. */
async function ranksOf(
  { leaderboards, program }: Context,
  customer: number,
  instant: number,
): Promise<Customer['ranks']> {
  try {
    if (!(await leaderboards.complete.isSet())) return {}
    const ranks = await Promise.all(
      program.boards.map(async ({ id, period: kind }) => {
        const period = periodName(kind, periodNumber(kind, instant, program.zone))
        const entry = await leaderboards.rank(id, period, customer)
        return [id, entry ? { period, rank: entry.rank, total: toDecimal(entry.total) } : null] as const
      }),
    )
    return Object.fromEntries(ranks)
  } catch (error) {
    if (isRedisUnavailable(error)) return {}
    throw error
  }
}
