import type { Program } from '#domain/program.ts'
import { addEvents, NO_SCORES, type ScoreState } from '#domain/score.ts'
import { openingScores } from '#store/checkpoints.ts'
import type { Database, Sql, Transaction } from '#store/database.ts'
import { byCustomer, eventsSince, notReversed } from '#store/events.ts'
import { absorbScores, lockScores, updateScores } from '#store/states.ts'
import { type Claimed, NO_PAYLOADS, onClaimed } from './claimed.ts'
import { Moved } from './moved.ts'
import type { Programs } from './programs.ts'

export interface Scored {
  readonly batches: readonly number[]
  /** How many were added. */
  readonly events: number
}

/**
 * Adds a batch's events to its customers' day buckets and marks it, in one transaction. Adding commutes, so
 * that late events are like any other; only customers who were joined, or of whose events one never happened,
 * have theirs worked out anew.
 *
 * @returns undefined where it had been scored before
 */
export function scoreBatch(
  database: Database,
  programs: Programs,
  batch: number,
): Promise<Scored | undefined> {
  return onClaimed(database, programs, 'scoring', batch, false, scoreClaimed)
}

/**
 * The same with batches that wait behind it, in one transaction. What another worker has in hand is left to it,
 * so that `batches` may be without this one.
 */
export function scoreWaiting(
  database: Database,
  programs: Programs,
  batch: number,
): Promise<Scored | undefined> {
  return onClaimed(database, programs, 'scoring', batch, true, scoreClaimed)
}

async function scoreClaimed(
  sql: Transaction,
  { program, batches, events, undone, joined }: Claimed,
): Promise<Scored> {
  const members = joined.flatMap((each) => each.members)
  const anew = new Set([...joined.map(({ root }) => root), ...undone.map(({ customerId }) => customerId)])
  const states = await lockScores(sql, [...new Set([...events.keys(), ...anew, ...members])])
  const next = new Map<number, ScoreState>()
  for (const [customer, own] of await notReversed(sql, events)) {
    const { state, absorbed } = states.get(customer)!
    if (absorbed) throw new Moved(customer)
    if (!anew.has(customer)) next.set(customer, addEvents(state, own, program.scores, program.zone))
  }
  for (const customer of anew) if (states.get(customer)!.absorbed) throw new Moved(customer)
  for (const [customer, state] of await scoresOf(sql, program, [...anew], batches)) {
    next.set(customer, state)
  }
  await updateScores(sql, next)
  await absorbScores(sql, members)
  return { batches, events: [...events.values()].reduce((sum, own) => sum + own.length, 0) }
}

/** Works customers' scores out anew, under the lock on them. */
export async function rescore(
  sql: Transaction,
  program: Program,
  customers: readonly number[],
): Promise<void> {
  const states = await lockScores(sql, customers)
  const present = [...states].filter(([, { absorbed }]) => !absorbed).map(([customer]) => customer)
  await updateScores(sql, await scoresOf(sql, program, present, []))
}

/** What customers' events come to, of what is scored and of the batches in hand. */
export async function scoresOf(
  sql: Sql,
  program: Program,
  customers: readonly number[],
  inHand: readonly number[],
): Promise<ReadonlyMap<number, ScoreState>> {
  if (customers.length === 0) return new Map()
  const settled = await openingScores(sql, customers)
  const since = customers.map((customerId) => ({
    customerId,
    position: settled.get(customerId)?.position ?? null,
  }))
  const events = byCustomer(await eventsSince(sql, 'scoring', since, inHand, NO_PAYLOADS))
  return new Map(
    customers.map((customer) => {
      const opening = settled.get(customer)?.scores ?? NO_SCORES
      return [customer, addEvents(opening, events.get(customer) ?? [], program.scores, program.zone)]
    }),
  )
}
