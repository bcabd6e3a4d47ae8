import { NO_EVENT } from '#domain/position.ts'
import { ensureRefold } from '#queue/jobs.ts'
import type { Transaction } from '#store/database.ts'
import {
  advanceRefold,
  claimRefold,
  finishRefold,
  markRefoldTold,
  openRefolds,
  type Refold,
  refoldOf,
} from '#store/programs.ts'
import { standingsOf } from '#store/standings.ts'
import { customersAfter, lockGames } from '#store/states.ts'
import { inTransaction } from '#store/transaction.ts'
import { writeChanges } from './change.ts'
import type { Context } from './context.ts'
import { barKillersOf, KILLS } from './killer.ts'
import { type Past, pastOf, refoldCustomers } from './refold.ts'
import { rescore } from './scoring.ts'

/** Customers that are folded again in one transaction: few, so that live traffic never waits long for them. */
const PORTION = 100

/** Gives every publication that changes the past its job on the maintenance queue. */
export async function ensureRefolds({
  database,
  queues,
}: Pick<Context, 'database' | 'queues'>): Promise<number> {
  let added = 0
  for (const { version } of await openRefolds(database.sql)) if (await ensureRefold(queues, version)) added++
  return added
}

/**
 * Folds again what a publication changes of the past: portion by portion, each remembered in the transaction
 * of its effects, so that it goes on where it was when its process ends.
 *
 * @param progress told after each portion
 * @param kills how many workers have not come back from it
 * @returns how it ended; undefined for a version that changes nothing of the past
 */
export async function refoldHistory(
  context: Context,
  version: number,
  progress: (refold: Refold) => Promise<void>,
  kills = 0,
): Promise<Refold | undefined> {
  const { database, leaderboards, metrics } = context
  for (;;) {
    const before = await refoldOf(database.sql, version)
    if (!before || before.finished) return before
    // What was committed by a process that ended before it could tell anyone.
    if (before.told < before.through) await tell(context, version, before.told, before.through)
    if (kills >= KILLS)
      await barKillersOf(context, await customersAfter(database.sql, before.through, PORTION))
    const step = await inTransaction(database, (sql) => refoldPortion(sql, context, version))
    if (!step) return refoldOf(database.sql, version)
    metrics.awards.inc(step.awards)
    await leaderboards.apply(step.standings)
    await markRefoldTold(database.sql, version, step.through)
    await progress((await refoldOf(database.sql, version))!)
  }
}

async function refoldPortion(sql: Transaction, { programs }: Context, version: number) {
  const refold = await claimRefold(sql, version)
  if (!refold) return undefined
  const { from, rescores, through } = refold
  const customers = await customersAfter(sql, through, PORTION)
  const last = customers.at(-1)
  if (last === undefined) {
    await finishRefold(sql, version)
    return undefined
  }
  const program = await programs.of(sql)
  const games = await lockGames(sql, customers)
  const pasts = [...games].flatMap(([customer, game]): [number, Past][] => {
    if (game.absorbed || from === Number.POSITIVE_INFINITY) return []
    const { state, revision } = game
    if (Number.isFinite(from) && (state.position === null || state.position.at < from)) return []
    return [
      [customer, pastOf(revision, state, Number.isFinite(from) ? { at: from, identity: NO_EVENT } : null)],
    ]
  })
  const changes = await refoldCustomers(sql, program, new Map(pasts), [])
  const written = await writeChanges(sql, program, changes, changes, false)
  if (rescores) await rescore(sql, program, customers)
  const changed = changes.filter((change) => change.changed.length > 0).length
  await advanceRefold(sql, version, { through: last, done: customers.length, changed })
  return { ...written, through: last }
}

async function tell(
  { database, leaderboards }: Context,
  version: number,
  after: number,
  through: number,
): Promise<void> {
  for (let last = after; ; ) {
    const customers = (await customersAfter(database.sql, last, PORTION)).filter(
      (customer) => customer <= through,
    )
    if (customers.length === 0) break
    await leaderboards.apply(await standingsOf(database.sql, customers))
    last = customers.at(-1)!
  }
  await markRefoldTold(database.sql, version, through)
}
