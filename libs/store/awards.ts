import type { Outcome } from '#domain/outcome.ts'
import { column } from './column.ts'
import { fromInstant, type Sql, toInstant } from './database.ts'

/** An outcome as it stands in PostgreSQL. */
export interface Award extends Outcome {
  readonly customerId: number
  /** From 1; grows when a correction changes it, takes it back or gives it again. */
  readonly revision: number
  /** False once a correction has taken it back. */
  readonly live: boolean
  readonly program: string
}

interface StoredAward extends Omit<Award, 'at' | 'receipt'> {
  readonly at: string
  readonly receipt: string
}

const toAward = (row: StoredAward): Award => ({
  ...row,
  at: fromInstant(row.at),
  receipt: JSON.parse(row.receipt) as Outcome['receipt'],
})

const columns = (sql: Sql) => sql`
  customer_id as "customerId", rule, occurrence, kind, level, wallet, amount, at, identity, revision, live,
  program, receipt`

/** Every award of these customers, those taken back included. */
export async function awardsOf(sql: Sql, customers: readonly number[]): Promise<Award[]> {
  const rows = await sql<StoredAward[]>`
    select ${columns(sql)} from awards where customer_id = any(${column(sql, 'bigint', customers)})`
  return rows.map(toAward)
}

/** What these events earned their customer, awards that were taken back included. */
export async function awardsOfEvents(
  sql: Sql,
  customer: number,
  identities: readonly string[],
): Promise<Award[]> {
  if (identities.length === 0) return []
  const rows = await sql<StoredAward[]>`
    select ${columns(sql)} from awards
    where customer_id = ${customer} and identity = any(${column(sql, 'uuid', identities)})
    order by at, rule, occurrence`
  return rows.map(toAward)
}

/** What tells an award from every other. */
export function awardKey({
  customerId,
  rule,
  occurrence,
}: Pick<Award, 'customerId' | 'rule' | 'occurrence'>): string {
  return `${customerId}\n${rule}\n${occurrence}`
}

/**
 * Writes awards: new ones, and new revisions of old ones.
 *
 * @returns the revision that each now has, by `awardKey`
 */
export async function upsertAwards(sql: Sql, awards: readonly Award[]): Promise<ReadonlyMap<string, number>> {
  if (awards.length === 0) return new Map()
  const rows = await sql<Pick<Award, 'customerId' | 'rule' | 'occurrence' | 'revision'>[]>`
    insert into awards (customer_id, rule, occurrence, kind, level, wallet, amount, at, identity, revision,
      live, program, receipt)
    select * from unnest(
      ${column(sql, 'bigint', awards, (award) => award.customerId)},
      ${column(sql, 'text', awards, (award) => award.rule)},
      ${column(sql, 'text', awards, (award) => award.occurrence)},
      ${column(sql, 'text', awards, (award) => award.kind)},
      ${column(sql, 'int', awards, (award) => award.level)},
      ${column(sql, 'text', awards, (award) => award.wallet)},
      ${column(sql, 'bigint', awards, (award) => award.amount)},
      ${column(sql, 'timestamptz', awards, (award) => toInstant(award.at))},
      ${column(sql, 'uuid', awards, (award) => award.identity)},
      ${column(sql, 'int', awards, (award) => award.revision)},
      ${column(sql, 'boolean', awards, (award) => award.live)},
      ${column(sql, 'text', awards, (award) => award.program)},
      ${column(sql, 'text', awards, (award) => JSON.stringify(award.receipt))})
    on conflict (customer_id, rule, occurrence) do update set
      kind = excluded.kind, level = excluded.level, wallet = excluded.wallet, amount = excluded.amount, at = excluded.at,
      identity = excluded.identity, revision = awards.revision + 1, live = excluded.live,
      program = excluded.program, receipt = excluded.receipt, changed_at = now()
    returning customer_id as "customerId", rule, occurrence, revision`
  return new Map(rows.map((row) => [awardKey(row), row.revision]))
}

export interface LedgerEntry {
  readonly customerId: number
  readonly wallet: string
  /** Ten-thousandths; negative where a correction takes something back. */
  readonly amount: number
  readonly rule: string
  readonly occurrence: string
  /** The award's revision that made this entry. */
  readonly revision: number
  /** Unix ms: when the award was earned. */
  readonly at: number
}

export async function appendLedger(sql: Sql, entries: readonly LedgerEntry[]): Promise<void> {
  if (entries.length === 0) return
  await sql`
    insert into ledger (customer_id, wallet, amount, rule, occurrence, revision, at)
    select * from unnest(
      ${column(sql, 'bigint', entries, (entry) => entry.customerId)},
      ${column(sql, 'text', entries, (entry) => entry.wallet)},
      ${column(sql, 'bigint', entries, (entry) => entry.amount)},
      ${column(sql, 'text', entries, (entry) => entry.rule)},
      ${column(sql, 'text', entries, (entry) => entry.occurrence)},
      ${column(sql, 'int', entries, (entry) => entry.revision)},
      ${column(sql, 'timestamptz', entries, (entry) => toInstant(entry.at))})`
}

export interface RecordedLedgerEntry extends LedgerEntry {
  /** Unix ms. */
  readonly recordedAt: number
}

/** What the ledger was told of these awards of a customer, corrections included, in that order. */
export async function ledgerOfAwards(
  sql: Sql,
  customer: number,
  awards: readonly Pick<Outcome, 'rule' | 'occurrence'>[],
): Promise<RecordedLedgerEntry[]> {
  if (awards.length === 0) return []
  const rows = await sql<
    (Omit<RecordedLedgerEntry, 'at' | 'recordedAt'> & { at: string; recordedAt: string })[]
  >`
    select customer_id as "customerId", wallet, amount, rule, occurrence, revision, at, recorded_at as "recordedAt"
    from ledger
    where customer_id = ${customer} and (rule, occurrence) in (
      select * from unnest(
        ${column(sql, 'text', awards, ({ rule }) => rule)},
        ${column(sql, 'text', awards, ({ occurrence }) => occurrence)}))
    order by id`
  return rows.map((row) => ({ ...row, at: fromInstant(row.at), recordedAt: fromInstant(row.recordedAt) }))
}
