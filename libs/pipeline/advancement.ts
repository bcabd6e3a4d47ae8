import { elapse } from '#domain/refold.ts'
import { watermark } from '#store/batches.ts'
import { dueCustomers, lockGames } from '#store/states.ts'
import { inTransaction } from '#store/transaction.ts'
import { programsOf } from './applied.ts'
import { changeOf, writeChanges } from './change.ts'
import type { Context } from './context.ts'

/** Events take about so long to arrive, ms: what comes later than that is late, and corrected. */
export const GRACE = 60_000
const PORTION = 500

/**
 * Lets time pass for the customers whose games it changes by itself (points that mature or expire, scores
 * that cross into another band, missions whose window closes), as far as everything that happened before has
 * been gamified.
 *
 * @returns how many customers it was
 */
export async function advanceDue({ database, programs, metrics }: Context): Promise<number> {
  const time = (await watermark(database.sql, GRACE)) - GRACE
  let customers = 0
  for (;;) {
    const due = await dueCustomers(database.sql, time, PORTION)
    if (due.length === 0) return customers
    const { awards, changed } = await inTransaction(database, async (sql) => {
      const program = await programs.of(sql)
      const games = [...(await lockGames(sql, due))].filter(([, { absorbed }]) => !absorbed)
      const programOf = await programsOf(sql, program, due)
      const changes = games.flatMap(([customerId, { state, revision }]) => {
        const change = elapse(state, time, programOf(customerId))
        return change ? [changeOf(customerId, revision, change)] : []
      })
      return { ...(await writeChanges(sql, program, changes)), changed: changes.length }
    })
    metrics.awards.inc(awards)
    customers += changed
    // Those that nothing changes would be due for ever; whoever joined them meanwhile has them.
    if (changed === 0) return customers
  }
}
