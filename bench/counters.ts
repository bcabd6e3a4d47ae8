import type { Database } from '#store/database.ts'

/** What PostgreSQL has counted by now. */
export interface Counters {
  /** The latest batch that was recorded. */
  readonly batch: number
  /** Bytes of its log. */
  readonly wal: number
  /** Whole pages in its log, of each the first change after a checkpoint. */
  readonly images: number
  /** Pages that its own memory had not, and those that it had. */
  readonly reads: number
  readonly hits: number
}

/** To be asked once the connections are closed that did the work: they count as they end, or seconds later. */
export async function countersOf({ sql }: Database): Promise<Counters> {
  await sql`select pg_stat_force_next_flush()`
  const [row] = await sql<[Counters]>`
    select (select max(id) from batches) as batch,
      (pg_current_wal_insert_lsn() - '0/0')::bigint as wal,
      (select wal_fpi from pg_stat_wal)::bigint as images,
      blks_read::bigint as reads, blks_hit::bigint as hits
    from pg_stat_database where datname = current_database()`
  return row
}

/** The index that every event is looked for in. */
export interface IdentityIndex {
  readonly entries: number
  readonly pages: number
  readonly bytes: number
}

/** As of the last `analyze`. */
export async function identityIndex({ sql }: Database): Promise<IdentityIndex> {
  const [row] = await sql<[IdentityIndex]>`
    select reltuples::bigint as entries, relpages::bigint as pages, pg_relation_size(oid)::bigint as bytes
    from pg_class where oid = 'events_pkey'::regclass`
  return row
}
