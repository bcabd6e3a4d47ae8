import type { Standing } from '#domain/outcome.ts'
import { column } from './column.ts'
import type { Sql } from './database.ts'
import { fromInstant, toInstant } from './instant.ts'

/** A customer's total on a board, with the revision of the game that it belongs to. */
export interface StandingRow extends Standing {
  readonly customerId: number
  readonly revision: number
}

interface StoredStanding extends Omit<StandingRow, 'at'> {
  readonly at: string
}

const toStanding = (row: StoredStanding): StandingRow => ({ ...row, at: fromInstant(row.at) })

const columns = (sql: Sql) => sql`customer_id as "customerId", board, period, total, at, identity, revision`

/** To be called under the lock on each customer's game, which is what keeps two writers apart. */
export async function upsertStandings(sql: Sql, rows: readonly StandingRow[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into standings (customer_id, board, period, total, at, identity, revision)
    select * from unnest(
      ${column(sql, 'bigint', rows, (row) => row.customerId)},
      ${column(sql, 'text', rows, (row) => row.board)},
      ${column(sql, 'text', rows, (row) => row.period)},
      ${column(sql, 'bigint', rows, (row) => row.total)},
      ${column(sql, 'timestamptz', rows, (row) => toInstant(row.at))},
      ${column(sql, 'uuid', rows, (row) => row.identity)},
      ${column(sql, 'bigint', rows, (row) => row.revision)})
    on conflict (customer_id, board, period) do update set
      total = excluded.total, at = excluded.at, identity = excluded.identity, revision = excluded.revision`
}

/** Every standing of these customers. */
export async function standingsOf(sql: Sql, customers: readonly number[]): Promise<StandingRow[]> {
  const rows = await sql<StoredStanding[]>`
    select ${columns(sql)} from standings where customer_id = any(${column(sql, 'bigint', customers)})`
  return rows.map(toStanding)
}

/** The totals of customers on one board in one period. */
export async function standingsOn(
  sql: Sql,
  board: string,
  period: string,
  customers: readonly number[],
): Promise<StandingRow[]> {
  const rows = await sql<StoredStanding[]>`
    select ${columns(sql)} from standings
    where customer_id = any(${column(sql, 'bigint', customers)}) and board = ${board} and period = ${period}`
  return rows.map(toStanding)
}

/**
 * The standings of all customers that batches can have changed: those of their events, those joined to them,
 * and those whose events they reverse.
 */
export async function standingsOfBatches(sql: Sql, batches: readonly number[]): Promise<StandingRow[]> {
  const rows = await sql<StoredStanding[]>`
    select ${columns(sql)} from standings
    where customer_id in (
      select member.id from subjects member where member.customer_id in (
        select s.customer_id from events e join subjects s on s.id = e.subject_id where e.batch_id = any(${column(sql, 'bigint', batches)})
        union
        select s.customer_id from events r join events e on e.identity = r.reverses
          join subjects s on s.id = e.subject_id
        where r.batch_id = any(${column(sql, 'bigint', batches)}) and r.reverses is not null))`
  return rows.map(toStanding)
}

/** Every standing there is, in portions: for building the index anew. */
export async function* allStandings(sql: Sql, portion: number): AsyncGenerator<StandingRow[]> {
  let after = 0
  for (;;) {
    const customers = await sql<{ id: number }[]>`
      select distinct customer_id as id from standings where customer_id > ${after} order by 1 limit ${portion}`
    const last = customers.at(-1)
    if (!last) return
    yield await standingsOf(
      sql,
      customers.map(({ id }) => id),
    )
    after = last.id
  }
}
