import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type Database, migrate } from '#store/database.ts'
import {
  countFailures,
  eachFailure,
  type FailureFilter,
  listCauses,
  listFailures,
} from '#store/failure-filter.ts'
import { countSameCause, openFailuresByCode } from '#store/failures.ts'
import { createDatabase } from '../../support/stack.ts'

const ROWS = 40_000
/** Of those, at most so many may be read to show twenty, or to count some hundreds. */
const FEW = 1_500

let database: Database
beforeAll(async () => {
  const url = await createDatabase()
  await migrate(url)
  database = connect(url, { application: 'test', connections: 1 })
  const { sql } = database
  // One in ten is of another code, one in a hundred from another source; of these and of all, one in twenty is open.
  await sql`
    insert into failures (stage, message, state, code, pointer, expected, got, fingerprint, batch_id, topic,
      partition, "offset", source, bound, claim, customer, original)
    select 'normalization', gen_random_uuid(), case when i % 17 = 0 then 'open' else 'resolved' end,
      case when i % 10 = 0 then 'VALUE_INVALID' else 'JSON_INVALID' end, '', 'one', 'another',
      case when i % 10 = 0 then 'VALUE_INVALID' else 'JSON_INVALID' end || case when i % 100 = 0 then ' crm' else ' in' end,
      i / 500, case when i % 100 = 0 then 'crm-events' else 'cdr-events' end, 0, i,
      case when i % 100 = 0 then 'crm' else 'in' end, false, '{}', 'customer-' || i % 5000, repeat('x', 300)
    from generate_series(1, ${ROWS}) i`
  await sql`vacuum analyze failures`
})
afterAll(() => database.close())

/** How many rows of the table were read so far, by any way; an index that answers by itself reads none. */
async function rowsRead(): Promise<number> {
  await database.sql`select pg_stat_force_next_flush()`
  const [row] = await database.sql<[{ total: number }]>`
    select seq_tup_read + coalesce(idx_tup_fetch, 0) as total from pg_stat_user_tables where relname = 'failures'`
  return row.total
}

async function reads<T>(run: () => Promise<T>): Promise<{ result: T; rows: number }> {
  const before = await rowsRead()
  const result = await run()
  return { result, rows: (await rowsRead()) - before }
}

const FILTERS: [FailureFilter, number][] = [
  [{ state: 'open' }, 2_352],
  [{ state: 'discarded' }, 0],
  [{ code: 'VALUE_INVALID' }, 4_000],
  [{ code: 'VALUE_INVALID', state: 'open' }, 235],
  [{ source: 'crm' }, 400],
  [{ source: 'crm', state: 'open' }, 23],
  [{ code: 'VALUE_INVALID', source: 'crm', state: 'open' }, 23],
  [{ customer: 'customer-17' }, 8],
  [{ fingerprint: 'VALUE_INVALID crm', state: 'open' }, 23],
]

test.each(FILTERS)('%j is found without reading what is not asked for', async (filter, total) => {
  const counted = await reads(() => countFailures(database, filter))
  expect(counted.result).toBe(total)
  const listed = await reads(() => listFailures(database, filter, 20))
  expect(listed.result).toHaveLength(Math.min(20, total))
  const portions = eachFailure(database, { ...filter, after: ROWS / 2 }, 20)
  const first = await reads(async () => (await portions.next()).value ?? [])
  expect(first.result.length).toBe(Math.min(20, listed.result.filter(({ id }) => id > ROWS / 2).length))
  expect([counted.rows, listed.rows, first.rows].filter((rows) => rows > FEW)).toEqual([])
})

test('causes, codes and one cause are counted without reading what is not open', async () => {
  const causes = await reads(() => listCauses(database.sql, 10))
  expect(
    causes.result.map(({ fingerprint, code, source, failures }) => ({ fingerprint, code, source, failures })),
  ).toEqual([
    { fingerprint: 'JSON_INVALID in', code: 'JSON_INVALID', source: 'in', failures: 2_117 },
    { fingerprint: 'VALUE_INVALID in', code: 'VALUE_INVALID', source: 'in', failures: 212 },
    { fingerprint: 'VALUE_INVALID crm', code: 'VALUE_INVALID', source: 'crm', failures: 23 },
  ])
  const codes = await reads(() => openFailuresByCode(database.sql))
  expect(codes.result).toEqual({ JSON_INVALID: 2_117, VALUE_INVALID: 235 })
  const same = await reads(() => countSameCause(database.sql, 'VALUE_INVALID crm'))
  expect(same.result).toBe(23)
  expect([causes.rows, codes.rows, same.rows].filter((rows) => rows > FEW)).toEqual([])
})
