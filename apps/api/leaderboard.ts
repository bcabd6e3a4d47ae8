import type { RequestHandler } from 'express'
import { z } from 'zod'
import type { Board } from '#domain/board.ts'
import { expectedPeriodName, periodName, periodNumber } from '#domain/calendar.ts'
import { toDecimal } from '#domain/decimal.ts'
import type { Program } from '#domain/program.ts'
import type { Context } from '#pipeline/context.ts'
import { publicNames } from '#pipeline/name.ts'
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
  const { database, leaderboards, programs } = context
  return answer(async (request) => {
    const program = await programs.of(database.sql)
    const query = readQuery(leaderboardQuery, request)
    const board = boardOf(request.params.id, program.boards)
    const period = readPeriod(query.period, board, program)
    const customer = query.around === undefined ? undefined : await findCustomer(context, query.around)
    if (!(await leaderboards.complete.isSet())) {
      throw unavailable('the leaderboards are being made anew from PostgreSQL: ask again in a moment')
    }
    const entries = await (customer
      ? leaderboards.around(board.id, period, customer.customerId, query.limit)
      : leaderboards.top(board.id, period, query.limit))
    const customers = entries.map(({ customerId }) => customerId)
    const names = await publicNames(database.sql, program, customers)
    const leaderboard: Leaderboard = {
      board: board.id,
      period,
      entries: entries.map(({ customerId, rank, total, achievedAt }) => ({
        rank,
        customer: names.get(customerId)!,
        asked: customerId === customer?.customerId,
        total: toDecimal(total),
        achievedAt: new Date(achievedAt).toISOString(),
      })),
    }
    return leaderboard
  })
}

function boardOf(id: string, boards: readonly Board[]): Board {
  const board = boards.find((each) => each.id === id)
  if (board) return board
  const names = boards.map((each) => each.id).join(', ')
  throw new Problem('not-found', `no leaderboard is named ${id}; there are ${names}`)
}

function readPeriod(written: string | undefined, { period }: Board, { zone }: Program): string {
  if (written === undefined) return periodName(period, periodNumber(period, Date.now(), zone))
  const expected = expectedPeriodName(period, written)
  if (expected === undefined) return written
  throw new Problem('request-invalid', `period: expected ${expected}, got ${JSON.stringify(written)}`)
}
