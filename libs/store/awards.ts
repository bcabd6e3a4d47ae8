import type { Recorded } from '#domain/correction.ts'
import type { Outcome } from '#domain/outcome.ts'
import { column, END, FIELD } from './column.ts'
import type { Fragment, Sql } from './database.ts'
import { type Since, sinceRows } from './events.ts'
import { fromInstant, toInstant } from './instant.ts'

/** An outcome as it stands in PostgreSQL. */
export interface Award extends Outcome {
  readonly customerId: number
  /** From 1; grows when a correction changes it, takes it back or gives it again. */
  readonly revision: number
  /** False once a correction has taken it back. */
  readonly live: boolean
  readonly program: string
}

interface StoredAward extends Omit<Award, 'at' | 'availableAt' | 'receipt'> {
  readonly at: string
  readonly availableAt: string | null
  readonly receipt: string
}

const toAward = (row: StoredAward): Award => ({
  ...row,
  at: fromInstant(row.at),
  availableAt: row.availableAt === null ? null : fromInstant(row.availableAt),
  receipt: JSON.parse(row.receipt) as Outcome['receipt'],
})

const columns = (sql: Sql) => sql`
  a.customer_id as "customerId", a.rule, a.occurrence, a.kind, a.level, a.wallet, a.amount, a.at, a.identity,
  a.available_at as "availableAt", a.revision, a.live, a.program, a.receipt`

/** Every award of these customers, those taken back included. */
export async function awardsOf(sql: Sql, customers: readonly number[]): Promise<Award[]> {
  const rows = await sql<StoredAward[]>`
    select ${columns(sql)} from awards a where customer_id = any(${column(sql, 'bigint', customers)})`
  return rows.map(toAward)
}

/**
 * The awards of customers after a position, those taken back included. As one text a customer, as `eventsSince`
 * does, for the same reason.
 */
export async function awardsSince(sql: Sql, since: readonly Since[]): Promise<Award[]> {
  const ms = (time: Fragment) => sql`(date_part('epoch', ${time}) * 1000)::bigint`
  const rows = await sql<{ customerId: number; awards: string }[]>`
    select since.customer_id as "customerId", string_agg(concat_ws(${FIELD},
      a.rule, a.occurrence, a.kind, a.level, coalesce(a.wallet, ''), a.amount, ${ms(sql`a.at`)}, a.identity,
      coalesce(${ms(sql`a.available_at`)}::text, ''), a.revision, a.live, a.program, a.receipt), ${END}) as awards
    from ${sinceRows(sql, since)}
    join awards a on a.customer_id = since.customer_id and (a.at, a.identity) > (since.at, since.identity)
    group by 1`
  return rows.flatMap(({ customerId, awards }) =>
    awards.split(END).map((text) => readAward(customerId, text)),
  )
}

function readAward(customerId: number, text: string): Award {
  const fields = text.split(FIELD)
  return {
    customerId,
    rule: fields[0]!,
    occurrence: fields[1]!,
    kind: fields[2] as Award['kind'],
    level: Number(fields[3]),
    wallet: fields[4] || null,
    amount: Number(fields[5]),
    at: Number(fields[6]),
    identity: fields[7]!,
    availableAt: fields[8] === '' ? null : Number(fields[8]),
    revision: Number(fields[9]),
    live: fields[10] === 't',
    program: fields[11]!,
    receipt: JSON.parse(fields[12]!) as Outcome['receipt'],
  }
}

export type AwardKey = Pick<Award, 'customerId' | 'rule' | 'occurrence'>

/** Those of these awards that were ever given. */
export async function awardsByKey(sql: Sql, keys: readonly AwardKey[]): Promise<Award[]> {
  if (keys.length === 0) return []
  const rows = await sql<StoredAward[]>`
    select ${columns(sql)} from ${keyRows(sql, keys)}
    join awards a on (a.customer_id, a.rule, a.occurrence) = (wanted.customer_id, wanted.rule, wanted.occurrence)`
  return rows.map(toAward)
}

const keyRows = (sql: Sql, keys: readonly AwardKey[]) => sql`unnest(
  ${column(sql, 'bigint', keys, ({ customerId }) => customerId)},
  ${column(sql, 'text', keys, ({ rule }) => rule)},
  ${column(sql, 'text', keys, ({ occurrence }) => occurrence)}) as wanted (customer_id, rule, occurrence)`

/** What these events earned their customer, awards that were taken back included. */
export async function awardsOfEvents(
  sql: Sql,
  customer: number,
  identities: readonly string[],
): Promise<Award[]> {
  if (identities.length === 0) return []
  const rows = await sql<StoredAward[]>`
    select ${columns(sql)} from awards a
    where customer_id = ${customer} and identity = any(${column(sql, 'uuid', identities)})
    order by at, rule, occurrence`
  return rows.map(toAward)
}

/** What tells an award from every other. */
export function awardKey({ customerId, rule, occurrence }: AwardKey): string {
  return `${customerId}\n${rule}\n${occurrence}`
}

/** An award as it is to be written. */
export interface NewAward {
  readonly customerId: number
  readonly program: string
  readonly outcome: Recorded
}

/**
 * Writes awards: new ones, and new revisions of old ones.
 *
 * @returns the revision that each now has, by `awardKey`
 */
export async function upsertAwards(
  sql: Sql,
  awards: readonly NewAward[],
): Promise<ReadonlyMap<string, number>> {
  if (awards.length === 0) return new Map()
  const rows = await sql<(AwardKey & { revision: number })[]>`
    insert into awards (customer_id, rule, occurrence, kind, level, wallet, amount, at, identity, available_at,
      revision, live, program, receipt)
    select * from unnest(
      ${column(sql, 'bigint', awards, ({ customerId }) => customerId)},
      ${column(sql, 'text', awards, ({ outcome }) => outcome.rule)},
      ${column(sql, 'text', awards, ({ outcome }) => outcome.occurrence)},
      ${column(sql, 'text', awards, ({ outcome }) => outcome.kind)},
      ${column(sql, 'int', awards, ({ outcome }) => outcome.level)},
      ${column(sql, 'text', awards, ({ outcome }) => outcome.wallet)},
      ${column(sql, 'bigint', awards, ({ outcome }) => outcome.amount)},
      ${column(sql, 'timestamptz', awards, ({ outcome }) => toInstant(outcome.at))},
      ${column(sql, 'uuid', awards, ({ outcome }) => outcome.identity)},
      ${column(sql, 'timestamptz', awards, ({ outcome }) => (outcome.availableAt === null ? null : toInstant(outcome.availableAt)))},
      ${column(sql, 'int', awards, ({ outcome }) => outcome.revision)},
      ${column(sql, 'boolean', awards, ({ outcome }) => outcome.live)},
      ${column(sql, 'text', awards, ({ program }) => program)},
      ${column(sql, 'text', awards, ({ outcome }) => JSON.stringify(outcome.receipt))})
    on conflict (customer_id, rule, occurrence) do update set
      kind = excluded.kind, level = excluded.level, wallet = excluded.wallet, amount = excluded.amount, at = excluded.at,
      identity = excluded.identity, available_at = excluded.available_at, revision = awards.revision + 1, live = excluded.live,
      program = excluded.program, receipt = excluded.receipt, changed_at = now()
    returning customer_id as "customerId", rule, occurrence, revision`
  return new Map(rows.map((row) => [awardKey(row), row.revision]))
}

/** An award that a later event took away, and why. */
export interface LostAward extends AwardKey {
  readonly receipt: Outcome['receipt']
}

/** Takes awards back that are live; what credits a wallet is never among them. */
export async function loseAwards(sql: Sql, lost: readonly LostAward[]): Promise<void> {
  if (lost.length === 0) return
  await sql`
    update awards a set live = false, revision = revision + 1, receipt = lost.receipt, changed_at = now()
    from unnest(
      ${column(sql, 'bigint', lost, ({ customerId }) => customerId)},
      ${column(sql, 'text', lost, ({ rule }) => rule)},
      ${column(sql, 'text', lost, ({ occurrence }) => occurrence)},
      ${column(sql, 'text', lost, ({ receipt }) => JSON.stringify(receipt))})
      as lost (customer_id, rule, occurrence, receipt)
    where (a.customer_id, a.rule, a.occurrence) = (lost.customer_id, lost.rule, lost.occurrence) and a.live`
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

/** What the ledger comes to, by wallet: the balance. */
export async function ledgerSums(sql: Sql, customer: number): Promise<Readonly<Record<string, number>>> {
  const rows = await sql<{ wallet: string; sum: number }[]>`
    select wallet, sum(amount)::bigint as sum from ledger where customer_id = ${customer} group by wallet`
  return Object.fromEntries(rows.map(({ wallet, sum }) => [wallet, sum]))
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
