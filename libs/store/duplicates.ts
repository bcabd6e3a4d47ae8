import { column } from './column.ts'
import type { Sql } from './database.ts'

/** A message that brought an event which had been accepted before. */
export interface Duplicate {
  readonly batch: number
  readonly offset: number
  /** The event's identity. */
  readonly event: string
}

export async function insertDuplicates(sql: Sql, rows: readonly Duplicate[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into duplicates (batch_id, "offset", identity)
    select * from unnest(
      ${column(sql, 'bigint', rows, (row) => row.batch)},
      ${column(sql, 'bigint', rows, (row) => row.offset)},
      ${column(sql, 'uuid', rows, (row) => row.event)})`
}
