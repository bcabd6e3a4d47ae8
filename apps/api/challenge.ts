import type { RequestHandler } from 'express'
import { z } from 'zod'
import { periodEnd, periodName, periodNumber, periodStart } from '#domain/calendar.ts'
import { type Challenge, MOST_WINNERS, type RankChallenge } from '#domain/challenge.ts'
import { toDecimal } from '#domain/decimal.ts'
import { NO_EVENT } from '#domain/position.ts'
import type { Program } from '#domain/program.ts'
import { covers, rankWinners, type Settled } from '#domain/settlement.ts'
import type { Context } from '#pipeline/context.ts'
import { publicNames } from '#pipeline/name.ts'
import { ONCE, provisionalWinners } from '#pipeline/settlement.ts'
import { placesOf, settlementOf } from '#store/settlements.ts'
import { answer } from './answer.ts'
import { assertComplete, readPeriod } from './leaderboard.ts'
import { Problem } from './problem.ts'
import { limit, readQuery, text } from './query.ts'
import type { WrittenChallenge } from './schema.ts'

export const challengeQuery = z.object({
  period: text('of a challenge on a leaderboard, such as 2026-W48; the present one where it is left out'),
  limit: limit(10),
})

/** GET /v1/challenges/{id} */
export function showChallenge(context: Context): RequestHandler<{ id: string }> {
  const { sql } = context.database
  return answer(async (request) => {
    const program = await context.programs.of(sql)
    const query = readQuery(challengeQuery, request)
    const challenge = challengeOf(request.params.id, program)
    const period = periodOf(challenge, query.period, program)
    const settlement = await settlementOf(sql, { of: challenge.id, period })
    const isSettled = typeof settlement?.settledAt === 'number'
    const endsAt = settlement?.endsAt ?? (await endOf(context, challenge, period, program))
    const winners = isSettled
      ? await placesOf(sql, { of: challenge.id, period }, 0, query.limit)
      : (await presentWinners(context, challenge, period, endsAt, program)).slice(0, query.limit)
    const customers = winners.map(({ customerId }) => customerId)
    const names = await publicNames(sql, program, customers)
    const written: WrittenChallenge = {
      challenge: challenge.id,
      period: challenge.board === null ? null : period,
      endsAt: endsAt === undefined ? null : new Date(endsAt).toISOString(),
      settled: isSettled,
      winners: winners.map(({ customerId, rank, total, at, prize, ...place }) => ({
        rank,
        customer: names.get(customerId)!,
        total: total === null ? null : toDecimal(total),
        achievedAt: new Date(at).toISOString(),
        prize: prize && { wallet: prize.wallet, amount: toDecimal(prize.amount) },
        paid: 'paidAt' in place && place.paidAt !== null,
      })),
    }
    return written
  })
}

function challengeOf(id: string, { challenges }: Program): Challenge {
  const challenge = challenges.find((each) => each.id === id)
  if (challenge) return challenge
  const names = challenges.map((each) => each.id).join(', ') || 'none'
  throw new Problem('not-found', `no challenge is named ${id}; there are ${names}`)
}

function periodOf(challenge: Challenge, written: string | undefined, program: Program): string {
  if (challenge.board !== null) return readPeriod(written, boardOf(challenge, program), program)
  if (written === undefined) return ONCE
  throw new Problem('request-invalid', `period: ${challenge.id} has none, leave it out`)
}

/** When a period ends, Unix ms; undefined where the board has not come to it. */
async function endOf(
  { database: { sql } }: Context,
  challenge: Challenge,
  period: string,
  program: Program,
): Promise<number | undefined> {
  if (challenge.board === null) return challenge.until
  const { id: of, period: kind } = boardOf(challenge, program)
  const present = periodNumber(kind, Date.now(), program.zone)
  if (periodName(kind, present) === period) return periodEnd(kind, present, program.zone)
  return (await settlementOf(sql, { of, period }))?.endsAt
}

/** @throws Problem unavailable while the index is made anew */
async function presentWinners(
  { database, leaderboards }: Context,
  challenge: Challenge,
  period: string,
  endsAt: number | undefined,
  program: Program,
): Promise<readonly Settled[]> {
  if (challenge.board === null) return provisionalWinners(database.sql, challenge)
  if (endsAt === undefined) return []
  const { id, period: kind } = boardOf(challenge, program)
  const startsAt = periodStart(kind, periodNumber(kind, endsAt - 1, program.zone), program.zone)
  if (!covers(challenge, startsAt, endsAt)) return []
  await assertComplete(leaderboards)
  const entries = await leaderboards.top(id, period, MOST_WINNERS)
  return rankWinners(
    challenge,
    entries.map(({ achievedAt, ...entry }) => ({ ...entry, at: achievedAt, identity: NO_EVENT })),
  )
}

function boardOf({ board }: RankChallenge, { boards }: Program) {
  return boards.find(({ id }) => id === board)!
}
