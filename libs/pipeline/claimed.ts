import type { Program } from '#domain/program.ts'
import { claimBatch, claimWaiting, isMarked, type MarkedStage, markBatches } from '#store/batches.ts'
import type { Database, Transaction } from '#store/database.ts'
import {
  byCustomer,
  type CustomerEvent,
  type CustomerPosition,
  eventsOfBatches,
  positionsOf,
} from '#store/events.ts'
import { type Joined, joinedBy } from '#store/links.ts'
import { inTransaction } from '#store/transaction.ts'
import { whileMoving } from './moved.ts'
import type { Programs } from './programs.ts'

/**
 * Batches that wait are worked on together up to about so many events: a customer who has several of them is read
 * and written once, and those of other partitions that came in between are not late. Only a backlog has so many: of half
 * of it, a full program writes a fifth more games. More would lock for longer.
 */
export const EVENTS_AT_ONCE = 12_000

/** Scores go by what events are, and when. */
export const NO_PAYLOADS: ReadonlySet<string> = new Set()

/** What a stage has locked, and what that asks of it. */
export interface Claimed {
  readonly program: Program
  /** In hand: their events count though they are not marked. */
  readonly batches: readonly number[]
  /** By customer; which of them are reversed is to be asked under the locks on these. */
  readonly events: ReadonlyMap<number, readonly CustomerEvent[]>
  /** Events that never happened by these batches' word. */
  readonly undone: readonly CustomerPosition[]
  readonly joined: readonly Joined[]
  /** When each of the batches' events arrived, Unix ms. */
  readonly arrivals: readonly number[]
}

/**
 * Runs a stage on a batch, and marks it, in one transaction.
 *
 * @param withWaiting whether batches that wait behind it are taken along; what another worker has in hand is left to
 *   it then, so that those claimed may be without this one
 * @returns undefined where the stage was done with it before
 */
export async function onClaimed<T>(
  database: Database,
  programs: Programs,
  stage: Exclude<MarkedStage, 'leaderboards'>,
  batch: number,
  withWaiting: boolean,
  run: (sql: Transaction, claimed: Claimed) => Promise<T>,
): Promise<T | undefined> {
  // Most jobs find their batch done, since an earlier one took it along: they must not hold up those that do not.
  if (await isMarked(database.sql, batch, stage)) return undefined
  return whileMoving(() =>
    inTransaction(database, async (sql) => {
      const claims = withWaiting
        ? await claimWaiting(sql, batch, stage, EVENTS_AT_ONCE)
        : await claimBatch(sql, batch, stage)
      if (claims.length === 0) return undefined
      const batches = claims.map(({ id }) => id)
      const linking = claims.flatMap(({ id, links }) => (links > 0 ? [id] : []))
      const program = await programs.of(sql)
      const { events, undone, arrivals } = await eventsOfBatches(
        sql,
        batches,
        stage === 'gamification' ? program.payloadTypes : NO_PAYLOADS,
      )
      const done = await run(sql, {
        program,
        batches,
        events: byCustomer(events),
        undone: await positionsOf(sql, undone),
        joined: await joinedBy(sql, linking),
        arrivals,
      })
      await markBatches(sql, batches, stage)
      return done
    }),
  )
}
