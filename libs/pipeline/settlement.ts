import type { Board } from '#domain/board.ts'
import { periodEnd, periodName, periodNumber, periodStart } from '#domain/calendar.ts'
import { type FirstChallenge, MOST_WINNERS, type Prize } from '#domain/challenge.ts'
import type { Program } from '#domain/program.ts'
import { ranked } from '#domain/ranking.ts'
import { covers, firstWinners, rankWinners } from '#domain/settlement.ts'
import { unrankedSince, watermark } from '#store/batches.ts'
import type { Sql, Transaction } from '#store/database.ts'
import { openRefolds } from '#store/programs.ts'
import {
  candidatesOf,
  claimSettlement,
  latestEnds,
  openSettlements,
  type Place,
  payPlace,
  planSettlements,
  type Settlement,
  settlePlaces,
  unpaidPlaces,
} from '#store/settlements.ts'
import { standingsOn } from '#store/standings.ts'
import { inTransaction } from '#store/transaction.ts'
import { GRACE } from './advancement.ts'
import { type Context, willPass } from './context.ts'
import { type Decision, decideWithin } from './decision.ts'
import { identityOf } from './identity.ts'
import { Moved } from './moved.ts'

const PORTION = 100
/** What no challenge on a board has: its only settlement. */
export const ONCE = 'once'

export interface SettledNow {
  /** Periods of boards, and challenges. */
  readonly settled: number
  readonly paid: number
}

/**
 * Settles what depends on several customers and is over: for each period of a board its first, for each challenge its
 * winners. Once its grace time has passed, too, and everything that arrived by then is gamified and on the boards. What
 * is settled is a fact from then on, that no late event and no correction changes. Then pays the prizes that are not
 * paid yet. Goes on where it was when its process ended, and does nothing twice.
 */
export async function settleDue(context: Context): Promise<SettledNow> {
  const { database, programs } = context
  const program = await programs.of(database.sql)
  const time = Math.min(await watermark(database.sql, GRACE), await unrankedSince(database.sql)) - GRACE
  await plan(database.sql, program, Date.now())
  let settled = 0
  // What a publication still has to fold again is not what it will be.
  const isWhole = (await openRefolds(database.sql)).length === 0
  for (const open of isWhole ? await openSettlements(database.sql, time) : []) {
    const board = program.boards.find(({ id }) => id === open.of)
    const challenge = program.challenges.find(({ id }) => id === open.of)
    if (board && open.endsAt + board.grace <= time && (await settleBoard(context, board, open))) settled++
    if (challenge?.board === null && open.endsAt + challenge.grace <= time) {
      if (await settleFirst(context, challenge, open)) settled++
    }
  }
  return { settled, paid: await payPrizes(context) }
}

/** Takes down the periods up to the present one, from the one on in which a board was first seen, whatever time waits for. */
async function plan(sql: Sql, { boards, challenges, zone }: Program, now: number): Promise<void> {
  const ends = await latestEnds(sql)
  const periods = boards.flatMap(({ id, period }) => {
    if (period === 'all') return []
    const planned: Omit<Settlement, 'settledAt'>[] = []
    for (let at = ends.get(id) ?? now; at <= now; ) {
      const number = periodNumber(period, at, zone)
      const endsAt = periodEnd(period, number, zone)
      planned.push({ of: id, period: periodName(period, number), endsAt })
      at = endsAt
    }
    return planned
  })
  const once = challenges.filter(({ id, board, until }) => board === null && ends.get(id) !== until)
  await planSettlements(sql, [
    ...periods,
    ...once.map(({ id, until }) => ({ of: id, period: ONCE, endsAt: until })),
  ])
}

/**
 * The first of a board in one period, and the winners of the challenges on it. Who they are is asked of the index, their
 * totals of PostgreSQL.
 */
async function settleBoard(context: Context, board: Board, open: Settlement): Promise<boolean> {
  const { database, leaderboards, programs } = context
  const build = await leaderboards.complete.value()
  const first = await leaderboards.top(board.id, open.period, MOST_WINNERS)
  // Where Redis was emptied meanwhile, somebody may be missing.
  if (build === null || (await leaderboards.complete.value()) !== build) return false
  return inTransaction(database, async (sql) => {
    if (!(await claimSettlement(sql, open))) return false
    const program = await programs.of(sql)
    const customers = first.map(({ customerId }) => customerId)
    const entries = ranked(await standingsOn(sql, board.id, open.period, customers))
    const startsAt = periodStart(
      board.period,
      periodNumber(board.period, open.endsAt - 1, program.zone),
      program.zone,
    )
    await settlePlaces(
      sql,
      open,
      entries.map(({ customerId, at, identity, rank, total }) => {
        return { customerId, at, identity, rank, total, prize: null }
      }),
    )
    for (const challenge of program.challenges) {
      if (challenge.board !== board.id || !covers(challenge, startsAt, open.endsAt)) continue
      await settlePlaces(sql, { ...open, of: challenge.id }, rankWinners(challenge, entries))
    }
    return true
  })
}

async function settleFirst(
  { database, programs }: Context,
  { id }: FirstChallenge,
  open: Settlement,
): Promise<boolean> {
  return inTransaction(database, async (sql) => {
    const program = await programs.of(sql)
    if (!(await claimSettlement(sql, open))) return false
    const challenge = program.challenges.find((each) => each.id === id)
    // It may have been given another end meanwhile.
    if (challenge?.board !== null || challenge.until !== open.endsAt) return false
    await settlePlaces(sql, open, await provisionalWinners(sql, challenge))
    return true
  })
}

/** Who wins as things stand. */
export async function provisionalWinners(sql: Sql, challenge: FirstChallenge) {
  // Two ids that were just joined may both stand among them for a moment.
  return firstWinners(challenge, await candidatesOf(sql, challenge.id, 2 * challenge.winners))
}

/**
 * Each prize in a transaction of its own with its mark, as an adjustment of the winner's wallet. One that cannot be paid,
 * such as into a wallet that the program lacks by now, holds up no other.
 *
 * @throws what stood in the way of the first of those
 */
async function payPrizes({ database, programs }: Context): Promise<number> {
  let paid = 0
  const failed: unknown[] = []
  for (;;) {
    const unpaid = await unpaidPlaces(database.sql, PORTION)
    let now = 0
    for (const place of unpaid) {
      try {
        now += await inTransaction(database, (sql) => pay(sql, programs, place))
      } catch (error) {
        if (willPass(error)) throw error
        // Joined to another customer at this moment: paid next time.
        if (!(error instanceof Moved)) failed.push(error)
      }
    }
    paid += now
    if (unpaid.length < PORTION || now === 0) break
  }
  if (failed.length > 0) throw failed[0]
  return paid
}

async function pay(sql: Transaction, programs: Context['programs'], place: Place): Promise<number> {
  const customer = await payPlace(sql, place)
  if (!customer || !place.prize) return 0
  const { decision, identity } = payment({ ...place, prize: place.prize })
  await decideWithin(sql, programs, customer, decision, identity, Date.now())
  return 1
}

/** What a prize is paid by: an adjustment of the winner's wallet, with the identity of the event that it becomes. */
export function payment({
  of,
  period,
  place,
  rank,
  prize,
}: Pick<Place, 'of' | 'period' | 'place' | 'rank'> & { readonly prize: Prize }): {
  readonly decision: Decision
  readonly identity: string
} {
  const key = `${of}/${period}/${place}`
  const reason = period === ONCE ? `prize of ${of}: winner ${rank}` : `prize of ${of} ${period}: rank ${rank}`
  return {
    decision: { kind: 'adjust', ...prize, key, reason, by: 'laurel' },
    // A source of its own: no key that somebody gave a decision of theirs can be the same.
    identity: identityOf('laurel prizes', { kind: 'event_id', id: key }),
  }
}
