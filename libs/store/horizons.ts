import type { Sql, Transaction } from './database.ts'
import { fromInstant, toInstant } from './instant.ts'

/** From when on events are taken, and how far what lies before is settled. */
export interface Horizon {
  /** Unix ms. */
  readonly at: number
  /** Customers up to this number are settled. */
  readonly through: number
}

type StoredHorizon = Omit<Horizon, 'at'> & { at: string }

const toHorizon = (row: StoredHorizon): Horizon => ({ ...row, at: fromInstant(row.at) })

/** Keeps everyone from recording events until the transaction ends, and waits for those who do. */
export async function lockHorizons(sql: Transaction): Promise<void> {
  await sql`lock table horizons in access exclusive mode`
}

export async function latestHorizon(sql: Sql): Promise<Horizon | undefined> {
  const rows = await sql<StoredHorizon[]>`select at, through from horizons order by at desc limit 1`
  return rows.map(toHorizon)[0]
}

/** To be called under `lockHorizons`. */
export async function insertHorizon(sql: Transaction, at: number): Promise<void> {
  await sql`insert into horizons (at) values (${toInstant(at)})`
}

/**
 * Takes the latest horizon in hand until the transaction ends; undefined where everything before it is
 * settled, where another process has it, or while a batch that was recorded before it was set is on its way.
 */
export async function claimHorizon(sql: Transaction): Promise<Horizon | undefined> {
  const rows = await sql<StoredHorizon[]>`
    select at, through from horizons h
    where at = (select max(at) from horizons) and finished_at is null and not exists (
      select 1 from batches b
      where (b.scored_at is null or b.gamified_at is null or b.ranked_at is null)
        and (b.scored_at is null or b.gamified_at is null) and b.recorded_at <= h.set_at)
    for update skip locked`
  return rows.map(toHorizon)[0]
}

export async function advanceHorizon(sql: Transaction, { at }: Horizon, through: number): Promise<void> {
  await sql`update horizons set through = ${through} where at = ${toInstant(at)}`
}

export async function finishHorizon(sql: Transaction, { at }: Horizon): Promise<void> {
  await sql`update horizons set finished_at = now() where at = ${toInstant(at)}`
}
