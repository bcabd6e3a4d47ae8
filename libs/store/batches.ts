import { column } from './column.ts'
import type { Fragment, Sql } from './database.ts'
import { fromInstant, toInstant } from './instant.ts'

export interface BatchRow {
  readonly id: number
  readonly key: string
  readonly topic: string
  readonly partition: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly messages: number
  /**
   * How far its partition had come with it, Unix ms: the latest time of arrival among the messages, or, where much more
   * lay behind them, when the middle one of their events happened, if that is earlier; null where nothing tells.
   */
  readonly reachedAt: number | null
}

export interface BatchCounts {
  readonly events: number
  readonly duplicates: number
  readonly failures: number
  /** How many of the events have joined customers. */
  readonly links: number
}

/** The stages after normalization, each with its mark on the batch's row. */
export type MarkedStage = 'scoring' | 'gamification' | 'leaderboards'
const STAGES: readonly MarkedStage[] = ['scoring', 'gamification', 'leaderboards']
/** However small they are. */
const MOST_AT_ONCE = 32
const COLUMNS = { scoring: 'scored_at', gamification: 'gamified_at', leaderboards: 'ranked_at' } as const

/**
 * The number that the next batch will have (its events carry it before its row is written), and from when on
 * events are taken, Unix ms; undefined where all are. In a transaction the latter stays so until that ends.
 */
export async function nextBatch(sql: Sql): Promise<{ id: number; horizon: number | undefined }> {
  const [row] = await sql<[{ id: number; horizon: string | null }]>`
    select nextval('batches_id_seq') as id, (select max(at) from horizons) as horizon`
  return { id: row.id, horizon: row.horizon === null ? undefined : fromInstant(row.horizon) }
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
    insert into batches (id, key, topic, partition, first_offset, last_offset, messages, reached_at, events,
      duplicates, failures, links, scored_at, gamified_at, ranked_at)
    values (${batch.id}, ${batch.key}, ${batch.topic}, ${batch.partition}, ${batch.firstOffset},
      ${batch.lastOffset}, ${batch.messages}, ${batch.reachedAt === null ? null : toInstant(batch.reachedAt)},
      ${counts.events}, ${counts.duplicates}, ${counts.failures}, ${counts.links}, ${done}, ${done}, ${done})
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

/** A batch that a stage has locked until its transaction ends, so that two runs of one job have one effect. */
export interface Claim {
  readonly id: number
  /** How many of its events have joined customers. */
  readonly links: number
}

/** A lock of its own for each stage, since scoring and gamification work the same batch at the same time. */
const lockOf = (sql: Sql, stage: MarkedStage, id: Fragment) =>
  sql`${id} * ${STAGES.length} + ${STAGES.indexOf(stage)}`

/**
 * Claims a batch for a stage, and waits for whoever has it.
 *
 * @returns it alone; nothing where the stage is done with it, or no such batch exists
 */
export async function claimBatch(sql: Sql, id: number, stage: MarkedStage): Promise<readonly Claim[]> {
  await sql`select pg_advisory_xact_lock(${lockOf(sql, stage, sql`${id}::bigint`)})`
  return unmarked(sql, [id], stage)
}

/**
 * Claims a batch for a stage together with those that wait behind it, up to about so many events: under a
 * backlog one larger transaction costs less than several. Those that others have in hand are passed over, and
 * where it is one of them, what is claimed is without it; only where nothing else waits is it waited for.
 *
 * @returns nothing where the stage is done with it, or no such batch exists
 */
export async function claimWaiting(
  sql: Sql,
  id: number,
  stage: MarkedStage,
  events: number,
): Promise<readonly Claim[]> {
  const locked = await sql<{ id: number }[]>`
    with waiting as materialized (
      select id, sum(events) over (order by id) - events as before from (
        select id, events from batches
        where (scored_at is null or gamified_at is null or ranked_at is null)
          and ${sql(COLUMNS[stage])} is null and id >= ${id}
        order by id limit ${MOST_AT_ONCE}
      ) open
    )
    select id from waiting
    where before < ${events} and (select min(id) from waiting) = ${id}
      and pg_try_advisory_xact_lock(${lockOf(sql, stage, sql`id`)})`
  const claimed =
    locked.length === 0
      ? []
      : await unmarked(
          sql,
          locked.map((row) => row.id),
          stage,
        )
  return claimed.length > 0 ? claimed : claimBatch(sql, id, stage)
}

/** A statement after the one that locks: its snapshot must see what the former holder of a lock has committed. */
async function unmarked(sql: Sql, ids: readonly number[], stage: MarkedStage): Promise<readonly Claim[]> {
  return sql<Claim[]>`
    select id, links from batches
    where id = any(${column(sql, 'bigint', ids)}) and ${sql(COLUMNS[stage])} is null order by id`
}

/** Whether a stage is done with a batch: it stays so. */
export async function isMarked(sql: Sql, id: number, stage: MarkedStage): Promise<boolean> {
  const rows = await sql`select 1 from batches where id = ${id} and ${sql(COLUMNS[stage])} is not null`
  return rows.length > 0
}

/** Marks that a stage is done with these batches; to be called in the transaction of its effects. */
export async function markBatches(sql: Sql, ids: readonly number[], stage: MarkedStage): Promise<void> {
  await sql`update batches set ${sql(COLUMNS[stage])} = clock_timestamp() where id = any(${column(sql, 'bigint', ids)})`
}

/** Has a batch's totals told again. */
export async function unmarkRanked(sql: Sql, ids: readonly number[]): Promise<void> {
  const sorted = ids.toSorted((a, b) => a - b)
  await sql`
    update batches set ranked_at = null from (
      select id from batches where id = any(${column(sql, 'bigint', sorted)}) order by id for update
    ) own where batches.id = own.id`
}

/** Of these batches, those that a stage is not done with, in their order. */
export async function openBatchesAmong(sql: Sql, ids: readonly number[]): Promise<readonly number[]> {
  if (ids.length === 0) return []
  const rows = await sql<{ id: number }[]>`
    select id from batches
    where id = any(${column(sql, 'bigint', ids)}) and (scored_at is null or gamified_at is null) order by id`
  return rows.map(({ id }) => id)
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

/**
 * The time up to which everything that has arrived is gamified, as far as PostgreSQL can know, Unix ms: the
 * earliest of now, of how far their partitions had come with the batches that are not gamified, and, for each partition
 * that is being read far behind its end, of how far it has come.
 *
 * @param behind a partition that has come no further than this long before it is recorded is far behind, ms
 */
export async function watermark(sql: Sql, behind: number): Promise<number> {
  const [row] = await sql<[{ now: string; open: string | null; read: string | null }]>`
    select now() as now,
      (select min(least(recorded_at, reached_at)) from batches
        where (scored_at is null or gamified_at is null or ranked_at is null) and gamified_at is null) as open,
      (select min(reached_at) from (
        select distinct on (topic, partition) reached_at, recorded_at from (
          select * from batches order by id desc limit 1000
        ) latest where reached_at is not null order by topic, partition, id desc
      ) each where recorded_at - reached_at > make_interval(secs => ${behind / 1_000})
        and recorded_at > now() - interval '1 hour') as read`
  const times = [row.now, row.open, row.read].flatMap((time) => (time === null ? [] : [fromInstant(time)]))
  return Math.min(...times)
}

/** How far partitions had come with the batches that the leaderboards have not been told of, Unix ms; Infinity without one. */
export async function unrankedSince(sql: Sql): Promise<number> {
  const [row] = await sql<[{ since: string | null }]>`
    select min(least(recorded_at, reached_at)) as since from batches
    where (scored_at is null or gamified_at is null or ranked_at is null) and ranked_at is null`
  return row.since === null ? Number.POSITIVE_INFINITY : fromInstant(row.since)
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
