import type { Program } from '#domain/program.ts'
import { addEvents, NO_SCORES, type ScoreState } from '#domain/score.ts'
import { claimBatch, markBatches } from '#store/batches.ts'
import { openingScores } from '#store/checkpoints.ts'
import type { Database, Sql, Transaction } from '#store/database.ts'
import { byCustomer, eventsOfBatch, eventsSince, positionsOf } from '#store/events.ts'
import { joinedBy } from '#store/links.ts'
import { absorbScores, lockScores, updateScores } from '#store/states.ts'
import { inTransaction } from '#store/transaction.ts'
import { Moved, whileMoving } from './moved.ts'
import type { Programs } from './programs.ts'

/**
 * Adds a batch's events to its customers' day buckets and marks it, in one transaction. Adding commutes, so
 * that late events are like any other; only customers who were joined, or of whose events one never happened,
 * have theirs worked out anew.
 *
 * @returns how many events were added; 0 where it had been scored before
 */
export async function scoreBatch(database: Database, programs: Programs, batch: number): Promise<number> {
  return whileMoving(() =>
    inTransaction(database, async (transaction) => {
      const claimed = await claimBatch(transaction, batch, 'scoring')
      if (!claimed) return 0
      const program = await programs.of(transaction)
      const { counted, undone } = await eventsOfBatch(transaction, batch)
      const joined = claimed.links > 0 ? await joinedBy(transaction, batch) : []
      const targets = await positionsOf(transaction, undone)
      const members = joined.flatMap((each) => each.members)
      const anew = new Set([
        ...joined.map(({ root }) => root),
        ...targets.map(({ customerId }) => customerId),
      ])
      const own = byCustomer(counted)
      const states = await lockScores(transaction, [...new Set([...own.keys(), ...anew, ...members])])
      const next = new Map<number, ScoreState>()
      for (const [customer, events] of own) {
        const { state, absorbed } = states.get(customer)!
        if (absorbed) throw new Moved(customer)
        if (!anew.has(customer)) next.set(customer, addEvents(state, events, program.scores, program.zone))
      }
      for (const customer of anew) if (states.get(customer)!.absorbed) throw new Moved(customer)
      for (const [customer, state] of await scoresOf(transaction, program, [...anew], batch)) {
        next.set(customer, state)
      }
      await updateScores(transaction, next)
      await absorbScores(transaction, members)
      await markBatches(transaction, [batch], 'scoring')
      return counted.length
    }),
  )
}

/** Works customers' scores out anew, under the lock on them. */
export async function rescore(
  sql: Transaction,
  program: Program,
  customers: readonly number[],
): Promise<void> {
  const states = await lockScores(sql, customers)
  const present = [...states].filter(([, { absorbed }]) => !absorbed).map(([customer]) => customer)
  await updateScores(sql, await scoresOf(sql, program, present, null))
}

/** What customers' events come to, of what is scored and of the batch in hand. */
export async function scoresOf(
  sql: Sql,
  program: Program,
  customers: readonly number[],
  inHand: number | null,
): Promise<ReadonlyMap<number, ScoreState>> {
  if (customers.length === 0) return new Map()
  const settled = await openingScores(sql, customers)
  const since = customers.map((customerId) => ({
    customerId,
    position: settled.get(customerId)?.position ?? null,
  }))
  const events = byCustomer(await eventsSince(sql, 'scoring', since, inHand, false))
  return new Map(
    customers.map((customer) => {
      const opening = settled.get(customer)?.scores ?? NO_SCORES
      return [customer, addEvents(opening, events.get(customer) ?? [], program.scores, program.zone)]
    }),
  )
}
