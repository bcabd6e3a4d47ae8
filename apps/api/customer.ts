import type { RequestHandler } from 'express'
import { z } from 'zod'
import { periodName, periodNumber } from '#domain/calendar.ts'
import { afterwards } from '#domain/correction.ts'
import { appliedTo } from '#domain/customer.ts'
import { toDecimal } from '#domain/decimal.ts'
import { foldAll, type GameState, NEW_GAME } from '#domain/fold.ts'
import { outcomeKey } from '#domain/outcome.ts'
import { isBefore } from '#domain/position.ts'
import { type Profile, profileAt } from '#domain/profile.ts'
import type { Program } from '#domain/program.ts'
import { addEvents, NO_SCORES } from '#domain/score.ts'
import type { Context } from '#pipeline/context.ts'
import type { KnownCustomer } from '#pipeline/customer.ts'
import { isRedisUnavailable } from '#queue/redis.ts'
import { type Award, awardsOf } from '#store/awards.ts'
import { openingsOf } from '#store/checkpoints.ts'
import { eventsUntil } from '#store/events.ts'
import { customerStates } from '#store/states.ts'
import { answer } from './answer.ts'
import { Problem } from './problem.ts'
import { readQuery, readTime, text } from './query.ts'
import type { Customer } from './schema.ts'
import { findCustomer } from './subject.ts'

export const customerQuery = z.object({
  asOf: text('a time in ISO 8601; one without a zone is in the zone of the program'),
})

/** GET /v1/customers/{id} */
export function showCustomer(context: Context): RequestHandler<{ id: string }> {
  return answer(async (request) => {
    const { asOf } = readQuery(customerQuery, request)
    const program = await context.programs.of(context.database.sql)
    const now = Date.now()
    const instant = asOf === undefined ? now : readTime('asOf', asOf, program.zone)
    const customer = await findCustomer(context, request.params.id)
    const present = asOf === undefined && (await presentProfile(context, customer, instant, program))
    const profile = present || (await profileOf(context, customer, instant, program))
    const ranks = instant < now ? {} : await ranksOf(context, customer.customerId, instant, program)
    return { ...profile, ranks } satisfies Profile & Pick<Customer, 'ranks'>
  })
}

/** From what the stages have stored; undefined where that has gone beyond the present. */
async function presentProfile(
  { database: { sql } }: Context,
  { customerId, subjects, numbers }: KnownCustomer,
  now: number,
  program: Program,
): Promise<Profile | undefined> {
  const [states, awards] = await Promise.all([customerStates(sql, customerId), awardsOf(sql, numbers)])
  const { scores, game } = states ?? { scores: NO_SCORES, game: NEW_GAME }
  // An event may lie up to a day ahead; what it brings about is not there yet.
  if (game.position && game.position.at > now) return undefined
  return profileAt({ subjects, scores, game, outcomes: distinct(awards) }, now, program)
}

/**
 * Worked out from the events up to an instant: what would have been seen then, had all of them arrived.
 *
 * @throws Problem request-invalid for an instant before the time up to which the past is settled
 */
async function profileOf(
  { database: { sql } }: Context,
  { customerId, subjects, numbers }: KnownCustomer,
  instant: number,
  program: Program,
): Promise<Profile> {
  const opening = (await openingsOf(sql, [customerId])).get(customerId)
  const start = opening?.state ?? NEW_GAME
  if (start.position && instant < start.position.at) {
    const earliest = new Date(start.position.at).toISOString()
    throw new Problem(
      'request-invalid',
      `asOf: this customer’s events before ${earliest} are no longer kept; ask for a later time`,
    )
  }
  const settled = opening ? (await awardsOf(sql, numbers)).filter(isSettledBy(start)) : []
  const events = await eventsUntil(sql, { customerId, position: start.position }, instant)
  const step = foldAll(start, events, appliedTo(program, subjects))
  const outcomes = afterwards(settled, step)
  const scores = addEvents(opening?.scores ?? NO_SCORES, events, program.scores, program.zone)
  return profileAt({ subjects, scores, game: step.state, outcomes }, instant, program)
}

/** Those that stand; one that was settled under two of the customer's subjects is shown once. */
function distinct(awards: readonly Award[]): readonly Award[] {
  return [...new Map(awards.filter(({ live }) => live).map((award) => [outcomeKey(award), award])).values()]
}

function isSettledBy({ position }: GameState): (award: Award) => boolean {
  return (award) => award.live && !isBefore(position, award)
}

/** Empty where the index does not know: while it is made anew, or Redis is away. */
async function ranksOf(
  { leaderboards }: Context,
  customer: number,
  instant: number,
  program: Program,
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
