import type { Database, Fragment, Sql } from '#store/database.ts'

/** Customers that have come through the pipeline, and are copied until the tables are as large as wanted. */
export interface Originals {
  readonly customers: number
  readonly events: number
  readonly batches: number
}

const TABLES = [
  'subjects',
  'scores',
  'games',
  'checkpoints',
  'awards',
  'ledger',
  'standings',
  'batches',
  'events',
]
/** Numbers up to here are left to copied batches, which go on being made between those that are measured. */
const FIRST_MEASURED = 1_000_000_000
// Copies that one statement makes: some seconds' work, so that the bench can be stopped in between.
const PORTION = 25

/** Keeps what the pipeline has made of the first customers, to be copied. Their numbers must have no gaps. */
export async function keepOriginals({ sql }: Database): Promise<Originals> {
  // The totals have been told to nobody: there is no Redis.
  await sql`update batches set ranked_at = now() where ranked_at is null`
  await sql`create schema filler`
  for (const name of TABLES) await sql`create table filler.${sql(name)} as table ${sql(name)}`
  await sql`select setval('batches_id_seq', ${FIRST_MEASURED})`
  const [row] = await sql<[Originals]>`
    select (select max(id) from subjects) as customers, (select count(*) from events)::bigint as events,
      (select max(id) from batches) as batches`
  return row
}

/**
 * Copies customers with everything but their events: each copy has numbers and phone numbers of its own, and
 * the states of its original.
 *
 * @param from the first copy, from 1 on
 * @param through the last one
 */
export async function copyCustomers(
  database: Database,
  { customers }: Originals,
  from: number,
  through: number,
  abort: AbortSignal,
): Promise<void> {
  const { sql } = database
  for (const [first, last] of portions(from, through)) {
    const rows = (name: string) => copies(sql, name, first, last)
    const shifted = sql`o.customer_id + k * ${customers}`
    abort.throwIfAborted()
    await sql`
      insert into subjects (id, kind, value, customer_id)
      select o.id + k * ${customers}, o.kind, ${movedNumber(sql, sql`o.value`, customers)}, ${shifted}
      from ${rows('subjects')}`
    await sql`insert into scores (customer_id, buckets) select ${shifted}, o.buckets from ${rows('scores')}`
    await sql`
      insert into games (customer_id, game, revision, reached_at, due_at)
      select ${shifted}, o.game, o.revision, o.reached_at, o.due_at from ${rows('games')}`
    await sql`
      insert into checkpoints (customer_id, at, identity, state, opening, scores)
      select ${shifted}, o.at, ${moved(sql)}, o.state, o.opening, o.scores from ${rows('checkpoints')}`
    await sql`
      insert into awards (customer_id, rule, occurrence, kind, level, wallet, amount, at, identity, available_at,
        revision, live, program, receipt, changed_at)
      select ${shifted}, o.rule, o.occurrence, o.kind, o.level, o.wallet, o.amount, o.at, ${moved(sql)},
        o.available_at, o.revision, o.live, o.program, o.receipt, o.changed_at
      from ${rows('awards')}`
    await sql`
      insert into ledger (customer_id, wallet, amount, rule, occurrence, revision, at, recorded_at)
      select ${shifted}, o.wallet, o.amount, o.rule, o.occurrence, o.revision, o.at, o.recorded_at
      from ${rows('ledger')}`
    await sql`
      insert into standings (customer_id, board, period, total, at, identity, revision)
      select ${shifted}, o.board, o.period, o.total, o.at, ${moved(sql)}, o.revision from ${rows('standings')}`
  }
  await sql`select setval('subjects_id_seq', (select max(id) from subjects))`
}

/** Copies events and their batches, of customers that are copied or of none that there is. */
export async function copyEvents(
  { sql }: Database,
  { customers, batches }: Originals,
  from: number,
  through: number,
  abort: AbortSignal,
): Promise<void> {
  for (const [first, last] of portions(from, through)) {
    abort.throwIfAborted()
    await sql`
      insert into batches (id, key, topic, partition, first_offset, last_offset, messages, events, duplicates,
        failures, recorded_at, reached_at, links, scored_at, gamified_at, ranked_at)
      select o.id + k * ${batches}, o.key || '#' || k, o.topic, o.partition, o.first_offset, o.last_offset,
        o.messages, o.events, o.duplicates, o.failures, o.recorded_at, o.reached_at, o.links, o.scored_at,
        o.gamified_at, o.ranked_at
      from ${copies(sql, 'batches', first, last)}`
    await sql`
      insert into events (identity, subject_id, batch_id, at, value, "offset", arrived_at, fingerprint, source, type,
        identity_kind, flags, reverses, payload)
      select ${moved(sql)}, o.subject_id + k * ${customers}, o.batch_id + k * ${batches}, o.at, o.value,
        o."offset", o.arrived_at, md5(o.fingerprint::text || k)::uuid, o.source, o.type, o.identity_kind, o.flags,
        o.reverses, replace(o.payload, s.value, ${movedNumber(sql, sql`s.value`, customers)})
      from ${copies(sql, 'events', first, last)} join filler.subjects s on s.id = o.subject_id`
  }
}

/**
 * Brings tables that were filled to where they stay: their dead rows gone, their statistics taken, all pages written.
 * Filling goes on faster where PostgreSQL does not do so meanwhile.
 */
export async function settle({ sql }: Database): Promise<void> {
  await sql`vacuum analyze`
  for (const name of TABLES) await sql`alter table ${sql(name)} reset (autovacuum_enabled)`
  await sql`checkpoint`
}

/** Keeps PostgreSQL from vacuuming the tables by itself until they are settled. */
export async function unsettle({ sql }: Database): Promise<void> {
  for (const name of TABLES) await sql`alter table ${sql(name)} set (autovacuum_enabled = false)`
}

/** Rows of a table as `o`, once for each copy `k`, copy after copy. */
function copies(sql: Sql, table: string, first: number, last: number): Fragment {
  return sql`generate_series(${first}::int, ${last}::int) k
    cross join lateral (select * from filler.${sql(table)} where k > 0 offset 0) o`
}

/** The identity of an event's copy. */
function moved(sql: Sql): Fragment {
  return sql`md5(o.identity::text || k)::uuid`
}

/** The phone number of a copied customer, the numbers of a load being `+88017` and the customer's own. */
function movedNumber(sql: Sql, number: Fragment, customers: number): Fragment {
  return sql`left(${number}, 6) || lpad((substr(${number}, 7)::int + k * ${customers})::text, 8, '0')`
}

function portions(from: number, through: number): readonly (readonly [first: number, last: number])[] {
  return Array.from({ length: Math.max(0, Math.ceil((through - from + 1) / PORTION)) }, (_, index) => [
    from + index * PORTION,
    Math.min(through, from + (index + 1) * PORTION - 1),
  ])
}
