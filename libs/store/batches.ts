import { column } from './column.ts'
import { fromInstant, type Sql } from './database.ts'

export interface BatchRow {
  readonly id: number
  readonly key: string
  readonly topic: string
  readonly partition: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly messages: number
}

export interface BatchCounts {
  readonly events: number
  readonly duplicates: number
  readonly failures: number
}

/** The stages after normalization, each with its mark on the batch's row. */
export type MarkedStage = 'scoring' | 'gamification' | 'leaderboards'
const STAGES: readonly MarkedStage[] = ['scoring', 'gamification', 'leaderboards']
const COLUMNS = { scoring: 'scored_at', gamification: 'gamified_at', leaderboards: 'ranked_at' } as const

/** The number that the next batch will have: its events carry it before its row is written. */
export async function nextBatchId(sql: Sql): Promise<number> {
  const [row] = await sql<[{ id: number }]>`select nextval('batches_id_seq') as id`
  return row.id
}

/** The number under which a batch was recorded; undefined where it has not been. */
export async function recordedBatch(sql: Sql, key: string): Promise<number | undefined> {
  const [row] = await sql<{ id: number }[]>`select id from batches where key = ${key}`
  return row?.id
}

/**
 * Writes the batch's row; a batch without new events is done with every stage.
 *
 * @returns false where another transaction has recorded this batch: the caller must roll back
 */
export async function insertBatch(sql: Sql, batch: BatchRow, counts: BatchCounts): Promise<boolean> {
  const done = counts.events === 0 ? sql`now()` : sql`null`
  const inserted = await sql`
    insert into batches (id, key, topic, partition, first_offset, last_offset, messages, events, duplicates,
      failures, scored_at, gamified_at, ranked_at)
    values (${batch.id}, ${batch.key}, ${batch.topic}, ${batch.partition}, ${batch.firstOffset},
      ${batch.lastOffset}, ${batch.messages}, ${counts.events}, ${counts.duplicates}, ${counts.failures},
      ${done}, ${done}, ${done})
    on conflict (key) do nothing`
  return inserted.count === 1
}

/** What PostgreSQL has of these batches; keys that it does not know are absent. */
export async function batchMarks(
  sql: Sql,
  keys: readonly string[],
): Promise<ReadonlyMap<string, { gamified: boolean }>> {
  const rows = await sql<{ key: string; gamified: boolean }[]>`
    select key, gamified_at is not null as gamified from batches where key = any(${column(sql, 'text', keys)})`
  return new Map(rows.map(({ key, gamified }) => [key, { gamified }]))
}

/**
 * Locks a batch for a stage until the transaction ends, so that two runs of one job have one effect. A lock
 * of its own for each stage, since scoring and gamification work the same batch at the same time.
 *
 * @returns false where the stage is done with it, or no such batch exists
 */
export async function claimBatch(sql: Sql, id: number, stage: MarkedStage): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(${id}::bigint * ${STAGES.length} + ${STAGES.indexOf(stage)})`
  // A statement of its own: its snapshot must see what the former holder of the lock has committed.
  const rows = await sql`select 1 from batches where id = ${id} and ${sql(COLUMNS[stage])} is null`
  return rows.length > 0
}

/** Marks that a stage is done with these batches; to be called in the transaction of its effects. */
export async function markBatches(sql: Sql, ids: readonly number[], stage: MarkedStage): Promise<void> {
  await sql`update batches set ${sql(COLUMNS[stage])} = now() where id = any(${column(sql, 'bigint', ids)})`
}

/** Has a batch's totals told again. */
export async function unmarkRanked(sql: Sql, id: number): Promise<void> {
  await sql`update batches set ranked_at = null where id = ${id}`
}

export interface OpenBatch {
  readonly id: number
  readonly topic: string
  readonly partition: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly events: number
  readonly scored: boolean
  readonly gamified: boolean
  readonly ranked: boolean
}

/** The oldest batches, after a number, that some stage should have been done with for so many seconds. */
export async function overdueBatches(
  sql: Sql,
  seconds: number,
  after: number,
  limit: number,
): Promise<readonly OpenBatch[]> {
  return sql<OpenBatch[]>`
    select id, topic, partition, first_offset as "firstOffset", last_offset as "lastOffset", events,
      scored_at is not null as scored, gamified_at is not null as gamified, ranked_at is not null as ranked
    from batches
    where (scored_at is null or gamified_at is null or ranked_at is null)
      and recorded_at < now() - make_interval(secs => ${seconds}) and id > ${after}
    order by id limit ${limit}`
}

/** Sums over recorded batches. */
export interface RecordedSums {
  readonly batches: number
  readonly messages: number
  readonly events: number
  readonly duplicates: number
  readonly failures: number
}

export interface BatchProgress {
  /** What was recorded after batch `after` and up to batch `through`: these sums will not change any more. */
  readonly settled: RecordedSums
  readonly through: number
  /** What was recorded after `through`. */
  readonly recent: RecordedSums
  readonly open: {
    readonly batches: number
    /** Events that scoring has yet to see. */
    readonly unscored: number
    readonly ungamified: number
    /** When the oldest batch with such events was recorded, Unix ms; null where there is none. */
    readonly oldest: number | null
  }
}

const NOTHING_RECORDED: RecordedSums = { batches: 0, messages: 0, events: 0, duplicates: 0, failures: 0 }

/**
 * How far the stages are, without reading every batch there ever was: whoever adds up what is settled asks
 * for the rest only. A batch counts as settled five minutes after it was recorded, when no transaction with
 * a smaller number can still be on its way.
 *
 * @param after the batch up to which the caller has added up
 */
export async function batchProgress(sql: Sql, after: number): Promise<BatchProgress> {
  type Row = {
    through: number
    open: number
    unscored: number
    ungamified: number
    oldest: string | null
  } & (({ settled: boolean } & RecordedSums) | { settled: null })
  const rows = await sql<Row[]>`
    with edge as materialized (
      select greatest(${after}, coalesce(
        (select id - 1 from batches where id > ${after} and recorded_at >= now() - interval '5 minutes'
          order by id limit 1),
        (select max(id) from batches),
        0)) as through
    ), recorded as (
      select b.id <= edge.through as settled, count(*) as batches, sum(messages)::bigint as messages,
        sum(events)::bigint as events, sum(duplicates)::bigint as duplicates, sum(failures)::bigint as failures
      from edge join batches b on b.id > ${after}
      group by 1
    ), waiting as (
      select count(*) as open,
        coalesce(sum(events) filter (where scored_at is null), 0)::bigint as unscored,
        coalesce(sum(events) filter (where gamified_at is null), 0)::bigint as ungamified,
        min(recorded_at) filter (where scored_at is null or gamified_at is null) as oldest
      from batches where scored_at is null or gamified_at is null or ranked_at is null
    )
    select * from edge cross join waiting left join recorded on true`
  const sums = (settled: boolean): RecordedSums => {
    const row = rows.find((each) => each.settled === settled)
    if (!row || row.settled === null) return NOTHING_RECORDED
    const { batches, messages, events, duplicates, failures } = row
    return { batches, messages, events, duplicates, failures }
  }
  const { through, open, unscored, ungamified, oldest } = rows[0]!
  return {
    settled: sums(true),
    through,
    recent: sums(false),
    open: { batches: open, unscored, ungamified, oldest: oldest === null ? null : fromInstant(oldest) },
  }
}
