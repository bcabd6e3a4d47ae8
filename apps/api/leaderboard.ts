import type { RequestHandler } from 'express'
import { z } from 'zod'
import type { Board } from '#domain/board.ts'
import { expectedPeriodName, periodName, periodNumber } from '#domain/calendar.ts'
import { toDecimal } from '#domain/decimal.ts'
import type { Program } from '#domain/program.ts'
import type { Context } from '#pipeline/context.ts'
import { publicNames } from '#pipeline/name.ts'
import type { Entry } from '#queue/leaderboard.ts'
import { placeOf, placesOf, settlementOf } from '#store/settlements.ts'
import { answer } from './answer.ts'
import { Problem, unavailable } from './problem.ts'
import { limit, readQuery, text } from './query.ts'
import type { Leaderboard } from './schema.ts'
import { findCustomer } from './subject.ts'

export const leaderboardQuery = z.object({
  period: text('such as 2026-W48; the present one where it is left out'),
  limit: limit(10),
  around: text('a customer, in any spelling: the entries around theirs'),
})

/** GET /v1/leaderboards/{id} */
export function showLeaderboard(context: Context): RequestHandler<{ id: string }> {
  const { database, programs } = context
  return answer(async (request) => {
    const program = await programs.of(database.sql)
    const query = readQuery(leaderboardQuery, request)
    const board = boardOf(request.params.id, program.boards)
    const period = readPeriod(query.period, board, program)
    const customer = query.around === undefined ? undefined : await findCustomer(context, query.around)
    const settled = await settlementOf(database.sql, { of: board.id, period })
    const isSettled = typeof settled?.settledAt === 'number'
    const number = customer?.customerId
    const entries = await (isSettled
      ? settledEntries(context, board, period, number, query.limit)
      : presentEntries(context, board, period, number, query.limit))
    const names = await publicNames(
      database.sql,
      program,
      entries.map(({ customerId }) => customerId),
    )
    const leaderboard: Leaderboard = {
      board: board.id,
      period,
      settled: isSettled,
      entries: entries.map(({ customerId, rank, total, achievedAt }) => ({
        rank,
        customer: names.get(customerId)!,
        asked: customerId === number,
        total: toDecimal(total),
        achievedAt: new Date(achievedAt).toISOString(),
      })),
    }
    return leaderboard
  })
}

/** @throws Problem unavailable while the index is made anew */
async function presentEntries(
  { leaderboards }: Context,
  board: Board,
  period: string,
  customer: number | undefined,
  limit: number,
): Promise<readonly Entry[]> {
  await assertComplete(leaderboards)
  return customer === undefined
    ? leaderboards.top(board.id, period, limit)
    : leaderboards.around(board.id, period, customer, limit)
}

/** As they were written down once the period was over. */
async function settledEntries(
  { database: { sql } }: Context,
  { id: of }: Board,
  period: string,
  customer: number | undefined,
  limit: number,
): Promise<readonly Entry[]> {
  const place = customer === undefined ? 1 : await placeOf(sql, { of, period }, customer)
  if (place === undefined) return []
  const after = customer === undefined ? 0 : Math.max(0, place - 1 - (limit >> 1))
  const places = await placesOf(sql, { of, period }, after, limit)
  return places.map(({ customerId, rank, total, at }) => {
    return { customerId, rank, total: total ?? 0, achievedAt: at }
  })
}

/** @throws Problem unavailable while the index is made anew */
export async function assertComplete({ complete }: Context['leaderboards']): Promise<void> {
  if (await complete.isSet()) return
  throw unavailable('the leaderboards are being made anew from PostgreSQL: ask again in a moment')
}

function boardOf(id: string, boards: readonly Board[]): Board {
  const board = boards.find((each) => each.id === id)
  if (board) return board
  const names = boards.map((each) => each.id).join(', ')
  throw new Problem('not-found', `no leaderboard is named ${id}; there are ${names}`)
}

/** @throws Problem request-invalid for what is no period of the board */
export function readPeriod(written: string | undefined, { period }: Board, { zone }: Program): string {
  if (written === undefined) return periodName(period, periodNumber(period, Date.now(), zone))
  const expected = expectedPeriodName(period, written)
  if (expected === undefined) return written
  throw new Problem('request-invalid', `period: expected ${expected}, got ${JSON.stringify(written)}`)
}
