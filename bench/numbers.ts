import type { Database, Sql } from '#store/database.ts'

/** What a run has ended in: of each kind of number a checksum over all customers. */
export type Numbers = Readonly<Record<keyof typeof LINES, string>>

// Nothing in a line depends on the order of arrival: not a customer's number, not a revision.
const LINES = {
  awards: (sql: Sql) => sql`
    select row(s.kind, s.value, a.rule, a.occurrence, a.kind, a.level, a.wallet, a.amount, a.at, a.identity)
    from awards a join subjects s on s.id = a.customer_id where a.live`,
  wallets: (sql: Sql) => sql`
    select row(s.kind, s.value, l.wallet, sum(l.amount))
    from ledger l join subjects s on s.id = l.customer_id
    group by s.kind, s.value, l.wallet having sum(l.amount) <> 0`,
  standings: (sql: Sql) => sql`
    select row(s.kind, s.value, t.board, t.period, t.total, t.at, t.identity)
    from standings t join subjects s on s.id = t.customer_id where t.total <> 0`,
  scores: (sql: Sql) => sql`
    select row(s.kind, s.value, c.buckets::jsonb)
    from scores c join subjects s on s.id = c.customer_id where c.buckets <> ''`,
}

/** Reads a run's numbers out of PostgreSQL. */
export async function numbersOf({ sql }: Database): Promise<Numbers> {
  const found: [string, string][] = []
  for (const [name, lines] of Object.entries(LINES)) {
    const [row] = await sql<[{ count: number; digest: string | null }]>`
      select count(*) as count, md5(string_agg(line::text, E'\n' order by line::text)) as digest
      from (${lines(sql)}) as lines (line)`
    found.push([name, `${row.count} rows, ${row.digest ?? 'nothing'}`])
  }
  return Object.fromEntries(found) as Numbers
}

/**
 * What is wrong with a run by itself, in words: numbers that are the same everywhere may all be wrong.
 * The ledger has nothing of what is pending: what matures is an award of its own.
 */
export async function faultsOf({ sql }: Database, events: number): Promise<readonly string[]> {
  const [row] = await sql<
    [{ events: number; failures: number; open: number; awards: number; imbalances: number }]
  >`
    select (select count(*) from events) as events,
      (select count(*) from failures) as failures,
      (select count(*) from batches where scored_at is null or gamified_at is null) as open,
      (select count(*) from awards where live) as awards,
      (select count(*) from (
        select customer_id, wallet from (
          select customer_id, wallet, amount from ledger
          union all select customer_id, wallet, -amount from awards
            where live and wallet is not null and available_at is null) as told
        group by customer_id, wallet having sum(amount) <> 0) as unequal) as imbalances`
  return [
    row.events === events ? '' : `${row.events} events instead of ${events}`,
    row.failures === 0 ? '' : `${row.failures} failures`,
    row.open === 0 ? '' : `${row.open} batches that some stage has not done`,
    row.awards > 0 ? '' : 'no awards',
    row.imbalances === 0 ? '' : `${row.imbalances} wallets whose ledger is not the sum of their awards`,
  ].filter((fault) => fault !== '')
}

/**
 * What is wrong with the events of the batches after one, in words, and with the customers that they touched: a
 * game and the scores must have come to as many events as are stored of their customer.
 */
export async function faultsSince(
  { sql }: Database,
  batch: number,
  events: number,
): Promise<readonly string[]> {
  const [row] = await sql<
    [{ events: number; failures: number; open: number; games: number; scores: number; imbalances: number }]
  >`
    with touched as materialized (
      select distinct s.customer_id as id from events e join subjects s on s.id = e.subject_id
      where e.batch_id > ${batch}
    ), stored as materialized (
      select id, (select count(*) from events e where e.subject_id = id) as events from touched
    )
    select (select count(*) from events where batch_id > ${batch}) as events,
      (select count(*) from failures) as failures,
      (select count(*) from batches where id > ${batch} and (scored_at is null or gamified_at is null)) as open,
      (select count(*) from stored join games g on g.customer_id = stored.id
        where (g.game::jsonb ->> 'events')::bigint <> stored.events) as games,
      (select count(*) from stored join scores c on c.customer_id = stored.id
        where (select sum(number::bigint) from jsonb_array_elements_text(c.buckets::jsonb -> 'activity')
          with ordinality as each (number, place) where place % 3 = 2) <> stored.events)
        as scores,
      (select count(*) from touched where (
          select coalesce(sum(amount), 0) from ledger where customer_id = touched.id
        ) <> (
          select coalesce(sum(amount), 0) from awards where customer_id = touched.id and live and wallet is not null
        )) as imbalances`
  return [
    row.events === events ? '' : `${row.events} events instead of ${events}`,
    row.failures === 0 ? '' : `${row.failures} failures`,
    row.open === 0 ? '' : `${row.open} batches that some stage has not done`,
    row.games === 0 ? '' : `${row.games} games that have not as many events as are stored`,
    row.scores === 0 ? '' : `${row.scores} customers whose scores have not as many events as are stored`,
    row.imbalances === 0 ? '' : `${row.imbalances} customers whose ledger is not the sum of their awards`,
  ].filter((fault) => fault !== '')
}

/** Which numbers of a run are not those of another. */
export function differences(expected: Numbers, found: Numbers): readonly string[] {
  return (Object.keys(LINES) as (keyof Numbers)[])
    .filter((name) => expected[name] !== found[name])
    .map((name) => `other ${name}: ${found[name]} instead of ${expected[name]}`)
}
