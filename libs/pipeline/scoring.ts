import type { Program } from '#domain/program.ts'
import { addEvents, NO_SCORES, type ScoreState } from '#domain/score.ts'
import { claimBatch, markBatches } from '#store/batches.ts'
import type { Database } from '#store/database.ts'
import { byCustomer, eventsOfBatch } from '#store/events.ts'
import { lockScores, updateScores } from '#store/states.ts'
import { inTransaction } from '#store/transaction.ts'

/**
 * Adds a batch's events to its customers' day buckets and marks it, in one transaction.
 *
 * @returns how many events were added; 0 where it had been scored before
 */
export async function scoreBatch(database: Database, program: Program, batch: number): Promise<number> {
  return inTransaction(database, async (transaction) => {
    if (!(await claimBatch(transaction, batch, 'scoring'))) return 0
    const events = await eventsOfBatch(transaction, batch)
    const states = await lockScores(transaction, [...new Set(events.map(({ customerId }) => customerId))])
    const next = new Map<number, ScoreState>()
    for (const [customer, own] of byCustomer(events)) {
      next.set(customer, addEvents(states.get(customer) ?? NO_SCORES, own, program.scores, program.zone))
    }
    await updateScores(transaction, next)
    await markBatches(transaction, [batch], 'scoring')
    return events.length
  })
}
