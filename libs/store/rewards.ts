import type { BundleAward } from '#domain/bundle.ts'
import type { AwardKey } from './awards.ts'
import { column } from './column.ts'
import type { Database, Sql } from './database.ts'
import { fromInstant } from './instant.ts'
import { inTransaction } from './transaction.ts'

/** Any number, the same in every process: only one of them tells of rewards at a time, so that their order stays. */
const REWARDS_LOCK = 712_003

/** A bundle as it was just written, or taken back. */
export interface ChangedBundle extends AwardKey {
  readonly revision: number
}

const bundleRows = (sql: Sql, bundles: readonly ChangedBundle[]) => sql`unnest(
  ${column(sql, 'bigint', bundles, ({ customerId }) => customerId)},
  ${column(sql, 'text', bundles, ({ rule }) => rule)},
  ${column(sql, 'text', bundles, ({ occurrence }) => occurrence)},
  ${column(sql, 'int', bundles, ({ revision }) => revision)}) as bundle (customer_id, rule, occurrence, revision)`

const isSameAward = (sql: Sql) =>
  sql`(r.customer_id, r.rule, r.occurrence) = (bundle.customer_id, bundle.rule, bundle.occurrence)`

/**
 * Has whoever delivers bundles told of those that changed. To be called in the transaction that changed them.
 *
 * @param isNews whether new bundles are told of; else only what becomes of those that were told of before
 */
export async function announceBundles(
  sql: Sql,
  bundles: readonly ChangedBundle[],
  isNews: boolean,
): Promise<void> {
  if (bundles.length === 0) return
  await sql`
    insert into rewards (customer_id, rule, occurrence, revision)
    select bundle.* from ${bundleRows(sql, bundles)}
    where (${isNews} and bundle.revision = 1) or exists (select 1 from rewards r where ${isSameAward(sql)})
    on conflict (customer_id, rule, occurrence) do update set
      revision = excluded.revision, place = excluded.place, waiting_since = now(), attempts = 0`
}

/** Tells nobody any more of a customer's bundles that wait. */
export async function withdrawBundles(sql: Sql, customer: number): Promise<void> {
  await sql`
    update rewards set waiting_since = null where customer_id = ${customer} and waiting_since is not null`
}

/** A bundle to tell of, and how often Kafka did not take it. */
export interface WaitingBundle extends BundleAward {
  readonly attempts: number
}

type StoredBundle = Omit<WaitingBundle, 'at' | 'receipt' | 'subjects'> & {
  readonly at: string
  readonly receipt: string
  readonly subjects: string
}

/**
 * Hands over the first bundles that wait, as they stand by now, and notes once `deliver` has resolved that they were
 * told. Where it rejects, or this process dies, they wait on: what is told may be told again, but is never lost. Whose
 * they are is what is known by now: whoever was joined to another one has the subjects of both.
 *
 * @returns how many there were; undefined where another process is at it
 */
export function drainBundles(
  database: Database,
  rows: number,
  deliver: (waiting: readonly WaitingBundle[]) => Promise<void>,
): Promise<number | undefined> {
  return inTransaction(database, async (sql) => {
    const [lock] = await sql<[{ isOurs: boolean }]>`
      select pg_try_advisory_xact_lock(${REWARDS_LOCK}) as "isOurs"`
    if (!lock.isOurs) return undefined
    const stored = await sql<StoredBundle[]>`
      select a.customer_id as "customerId", a.rule, a.occurrence, a.at, a.receipt, a.live, a.revision, r.attempts,
        (select json_agg(json_build_object('kind', s.kind, 'value', s.value) order by s.id)::text from subjects s
          where s.customer_id = (select own.customer_id from subjects own where own.id = r.customer_id)) as subjects
      from (
        select customer_id, rule, occurrence, place, attempts from rewards where waiting_since is not null
        order by place limit ${rows}
      ) r
      join awards a on (a.customer_id, a.rule, a.occurrence) = (r.customer_id, r.rule, r.occurrence)
      order by r.place`
    if (stored.length === 0) return 0
    await deliver(
      stored.map(({ at, receipt, subjects, ...row }) => ({
        ...row,
        at: fromInstant(at),
        receipt: JSON.parse(receipt),
        subjects: JSON.parse(subjects),
      })),
    )
    // One that changed meanwhile has a later revision, and waits on.
    await sql`
      update rewards r set waiting_since = null, attempts = 0 from ${bundleRows(sql, stored)}
      where ${isSameAward(sql)} and r.revision <= bundle.revision`
    return stored.length
  })
}

/** Notes that Kafka did not take what waits of these. */
export async function countBundleAttempt(sql: Sql, bundles: readonly ChangedBundle[]): Promise<void> {
  await sql`
    update rewards r set attempts = attempts + 1 from ${bundleRows(sql, bundles)} where ${isSameAward(sql)}`
}

export interface RewardsState {
  readonly waiting: number
  /** Since when the oldest waits, Unix ms; null where none does. */
  readonly oldest: number | null
}

export async function rewardsState(sql: Sql): Promise<RewardsState> {
  const [row] = await sql<[{ waiting: number; oldest: string | null }]>`
    select count(*) as waiting, min(waiting_since) as oldest from rewards where waiting_since is not null`
  return { waiting: row.waiting, oldest: row.oldest === null ? null : fromInstant(row.oldest) }
}

/** Whether any bundle waits. */
export async function areBundlesWaiting(sql: Sql): Promise<boolean> {
  const [row] = await sql<[{ any: boolean }]>`
    select exists (select 1 from rewards where waiting_since is not null) as any`
  return row.any
}
