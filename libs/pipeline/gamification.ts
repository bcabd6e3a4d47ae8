import { correct } from '#domain/correction.ts'
import type { Outcome } from '#domain/outcome.ts'
import { comparePositions } from '#domain/position.ts'
import { earliestChange, extend } from '#domain/refold.ts'
import { markBatches, unmarkRanked } from '#store/batches.ts'
import type { Database, Transaction } from '#store/database.ts'
import {
  byCustomer,
  type CountedEvent,
  type CustomerPosition,
  notReversed,
  unbarEvents,
} from '#store/events.ts'
import { absorbGames, type Game, lockGames } from '#store/states.ts'
import { inTransaction } from '#store/transaction.ts'
import { programsOf } from './applied.ts'
import { type CustomerChange, changeOf, type Written, writeChanges } from './change.ts'
import { type Claimed, onClaimed } from './claimed.ts'
import { Moved } from './moved.ts'
import type { Programs } from './programs.ts'
import { absorbCustomers, joinSettled, type Past, pastOf, refoldCustomers } from './refold.ts'

const NOTHING: readonly CountedEvent[] = []

export interface Gamified extends Written {
  readonly batches: readonly number[]
  /** When each of the batches' events arrived, Unix ms. */
  readonly arrivals: readonly number[]
}

/**
 * Folds a batch's events onto its customers' games and writes what they earn, with the batch's mark, in one
 * transaction.
 *
 * @returns undefined where the batch had been gamified before
 */
export function gamifyBatch(
  database: Database,
  programs: Programs,
  batch: number,
): Promise<Gamified | undefined> {
  return onClaimed(database, programs, 'gamification', batch, false, gamifyClaimed)
}

/**
 * The same with batches that wait behind it, in one transaction: a history that several of them change is folded
 * again once. What another worker has in hand is left to it, so that `batches` may be without this one.
 */
export function gamifyWaiting(
  database: Database,
  programs: Programs,
  batch: number,
): Promise<Gamified | undefined> {
  return onClaimed(database, programs, 'gamification', batch, true, gamifyClaimed)
}

async function gamifyClaimed(sql: Transaction, claimed: Claimed): Promise<Gamified> {
  const { batches, arrivals } = claimed
  const written = await gamify(sql, claimed)
  if (written.standings.length === 0) await markBatches(sql, batches, 'leaderboards')
  return { ...written, batches, arrivals }
}

/** In the usual case every event comes after all that its customer's game includes; else the past is folded again. */
async function gamify(
  sql: Transaction,
  { program, batches, events: claimed, undone, joined }: Claimed,
): Promise<Written> {
  const targets = byCustomer(undone)
  const members = new Set(joined.flatMap((each) => each.members))
  const roots = new Set(joined.map(({ root }) => root))
  const games = await lockGames(sql, [
    ...new Set([...claimed.keys(), ...targets.keys(), ...roots, ...members]),
  ])
  const events = await notReversed(sql, claimed)
  const customers = new Set([...events.keys(), ...targets.keys(), ...roots])
  const pasts = new Map<number, Past>()
  const extended: CustomerChange[] = []
  const programOf = await programsOf(sql, program, [...customers])
  for (const customerId of customers) {
    const game = gameOf(games, customerId)
    const { state } = game
    const own = events.get(customerId) ?? NOTHING
    const from = roots.has(customerId)
      ? null
      : earliestChange(state.position, own, targets.get(customerId) ?? [])
    if (from !== undefined) pasts.set(customerId, pastOf(game.revision, state, from))
    else extended.push(changeOf(customerId, game.revision, extend(state, own, programOf(customerId))))
  }
  const settled = new Map<number, readonly Outcome[]>()
  for (const { root, members: own } of joined) {
    const fresh = [root, ...own].filter((member) => !games.get(member)!.absorbed)
    const before = new Map(fresh.map((member) => [member, games.get(member)!]))
    settled.set(root, await joinSettled(sql, program, root, before))
  }
  const refolded = (await refoldCustomers(sql, program, pasts, batches)).map((change) =>
    withReceived(change, settled.get(change.customerId) ?? []),
  )
  const absorbed = await absorbCustomers(sql, new Map([...members].map((id) => [id, games.get(id)!])))
  const written = await writeChanges(
    sql,
    program,
    [...extended, ...refolded, ...absorbed],
    [...refolded, ...absorbed],
  )
  await absorbGames(
    sql,
    new Map(joined.flatMap(({ root, members: own }) => own.map((member) => [member, root] as const))),
  )
  return written
}

/** A change with what the customer receives besides. */
function withReceived(change: CustomerChange, received: readonly Outcome[]): CustomerChange {
  const { changed, postings } = correct([], received)
  return {
    ...change,
    changed: [...change.changed, ...changed],
    postings: [...change.postings, ...postings],
  }
}

/** @throws Moved where the customer was joined to another one since its number was read */
function gameOf(games: ReadonlyMap<number, Game>, customer: number): Game {
  const game = games.get(customer)!
  if (game.absorbed) throw new Moved(customer)
  return game
}

/**
 * Folds customers again from events of theirs on, which the rules see again, and writes the difference. Those who
 * were joined to another one meanwhile are passed over.
 *
 * @returns the events' batches: totals that changed are to be told under their numbers
 */
export async function refoldEvents(
  database: Database,
  programs: Programs,
  events: readonly (CustomerPosition & { readonly batchId: number })[],
): Promise<Gamified> {
  const batches = [...new Set(events.map(({ batchId }) => batchId))]
  return inTransaction(database, async (sql) => {
    const program = await programs.of(sql)
    await unbarEvents(
      sql,
      events.map(({ identity }) => identity),
    )
    const own = byCustomer(events)
    const games = await lockGames(sql, [...own.keys()])
    const pasts = [...games]
      .filter(([, { absorbed }]) => !absorbed)
      .map(([id, { revision, state }]): [number, Past] => [
        id,
        pastOf(revision, state, own.get(id)!.toSorted(comparePositions)[0]!),
      ])
    const refolded = await refoldCustomers(sql, program, new Map(pasts), [])
    const written = await writeChanges(sql, program, refolded, refolded)
    if (written.standings.length > 0) await unmarkRanked(sql, batches)
    return { ...written, batches, arrivals: [] }
  })
}
