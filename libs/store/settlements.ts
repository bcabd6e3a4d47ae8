import type { Candidate, Settled } from '#domain/settlement.ts'
import { column } from './column.ts'
import type { Sql, Transaction } from './database.ts'
import { fromInstant, toInstant } from './instant.ts'

/** What is settled, or is to be: a period of a board, or a challenge. */
export interface SettlementKey {
  /** The board or the challenge. */
  readonly of: string
  readonly period: string
}

export interface Settlement extends SettlementKey {
  /** Unix ms. */
  readonly endsAt: number
  /** Unix ms; null while it is provisional. */
  readonly settledAt: number | null
}

/** Who was settled at a place. */
export interface Place extends Settled, SettlementKey {
  /** From 1. */
  readonly place: number
  /** Unix ms: when the prize came into the wallet; null while it has not, or where there is none. */
  readonly paidAt: number | null
}

/** Takes down what is to be settled, and when it ends. What is settled already stays as it is. */
export async function planSettlements(
  sql: Sql,
  planned: readonly Omit<Settlement, 'settledAt'>[],
): Promise<void> {
  if (planned.length === 0) return
  await sql`
    insert into settlements (of, period, ends_at)
    select * from unnest(
      ${column(sql, 'text', planned, ({ of }) => of)},
      ${column(sql, 'text', planned, ({ period }) => period)},
      ${column(sql, 'timestamptz', planned, ({ endsAt }) => toInstant(endsAt))})
    on conflict (of, period) do update set ends_at = excluded.ends_at
      where settlements.settled_at is null and settlements.ends_at <> excluded.ends_at`
}

/** When the latest period ends that was taken down, Unix ms, by board or challenge. */
export async function latestEnds(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ of: string; endsAt: string }[]>`
    select of, max(ends_at) as "endsAt" from settlements group by of`
  return new Map(rows.map(({ of, endsAt }) => [of, fromInstant(endsAt)]))
}

/** What ended by an instant (Unix ms) and is not settled, the earliest first. */
export async function openSettlements(sql: Sql, instant: number): Promise<readonly Settlement[]> {
  const rows = await sql<(SettlementKey & { endsAt: string })[]>`
    select of, period, ends_at as "endsAt" from settlements
    where settled_at is null and ends_at <= ${toInstant(instant)} order by ends_at, of`
  return rows.map((row) => ({ ...row, endsAt: fromInstant(row.endsAt), settledAt: null }))
}

/** Takes one in hand until the transaction ends; false where another process has it, or has settled it. */
export async function claimSettlement(sql: Transaction, { of, period }: SettlementKey): Promise<boolean> {
  const rows = await sql`
    select 1 from settlements where of = ${of} and period = ${period} and settled_at is null
    for update skip locked`
  return rows.length > 0
}

/** Settles for good who is at which place. */
export async function settlePlaces(
  sql: Transaction,
  { of, period, endsAt }: Omit<Settlement, 'settledAt'>,
  settled: readonly Settled[],
): Promise<void> {
  await sql`
    insert into settlements (of, period, ends_at, settled_at)
    values (${of}, ${period}, ${toInstant(endsAt)}, now())
    on conflict (of, period) do update set settled_at = now()`
  if (settled.length === 0) return
  await sql`
    insert into places (of, period, rank, customer_id, at, identity, total, wallet, prize, place)
    select ${of}, ${period}, * from unnest(
      ${column(sql, 'int', settled, ({ rank }) => rank)},
      ${column(sql, 'bigint', settled, ({ customerId }) => customerId)},
      ${column(sql, 'timestamptz', settled, ({ at }) => toInstant(at))},
      ${column(sql, 'uuid', settled, ({ identity }) => identity)},
      ${column(sql, 'bigint', settled, ({ total }) => total)},
      ${column(sql, 'text', settled, ({ prize }) => prize?.wallet ?? null)},
      ${column(sql, 'bigint', settled, ({ prize }) => prize?.amount ?? 0)}) with ordinality`
}

/** Undefined where it has not been taken down yet. */
export async function settlementOf(sql: Sql, { of, period }: SettlementKey): Promise<Settlement | undefined> {
  const [row] = await sql<{ endsAt: string; settledAt: string | null }[]>`
    select ends_at as "endsAt", settled_at as "settledAt" from settlements where of = ${of} and period = ${period}`
  if (!row) return undefined
  const settledAt = row.settledAt === null ? null : fromInstant(row.settledAt)
  return { of, period, endsAt: fromInstant(row.endsAt), settledAt }
}

interface StoredPlace extends Omit<Place, 'at' | 'paidAt' | 'prize'> {
  readonly at: string
  readonly paidAt: string | null
  readonly wallet: string | null
  readonly amount: number
}

/** Of each place, the customer that the one who was settled there belongs to by now. */
const columns = (sql: Sql) => sql`
  p.of, p.period, p.place, p.rank, s.customer_id as "customerId", p.at, p.identity, p.total, p.wallet, p.prize as amount,
  p.paid_at as "paidAt"`

const toPlace = ({ wallet, amount, ...row }: StoredPlace): Place => ({
  ...row,
  at: fromInstant(row.at),
  paidAt: row.paidAt === null ? null : fromInstant(row.paidAt),
  prize: wallet === null ? null : { wallet, amount },
})

/** So many places in their order, after a place. */
export async function placesOf(
  sql: Sql,
  { of, period }: SettlementKey,
  after: number,
  limit: number,
): Promise<readonly Place[]> {
  const rows = await sql<StoredPlace[]>`
    select ${columns(sql)} from places p join subjects s on s.id = p.customer_id
    where of = ${of} and period = ${period} and place > ${after} order by place limit ${limit}`
  return rows.map(toPlace)
}

/** The first place of a customer, who may have been joined to the one that was settled there; undefined without any. */
export async function placeOf(
  sql: Sql,
  { of, period }: SettlementKey,
  customer: number,
): Promise<number | undefined> {
  const [row] = await sql<{ place: number }[]>`
    select p.place from places p join subjects s on s.id = p.customer_id
    where of = ${of} and period = ${period} and s.customer_id = ${customer} order by place limit 1`
  return row?.place
}

/** So many places whose prizes are still to be paid. */
export async function unpaidPlaces(sql: Sql, limit: number): Promise<readonly Place[]> {
  const rows = await sql<StoredPlace[]>`
    select ${columns(sql)} from places p join subjects s on s.id = p.customer_id
    where paid_at is null and wallet is not null order by of, period, place limit ${limit}`
  return rows.map(toPlace)
}

/**
 * Takes a place in hand until the transaction ends, and marks its prize as paid.
 *
 * @returns the number of the subject that was settled there, and of the customer that it belongs to by now; undefined
 *   where it was paid before, or another process has it in hand
 */
export async function payPlace(
  sql: Transaction,
  { of, period, place }: Pick<Place, 'of' | 'period' | 'place'>,
): Promise<{ readonly subjectId: number; readonly customerId: number } | undefined> {
  const [row] = await sql<{ subjectId: number; customerId: number }[]>`
    update places p set paid_at = now() from (
      select customer_id from places where of = ${of} and period = ${period} and place = ${place} and paid_at is null
      for update skip locked
    ) open join subjects s on s.id = open.customer_id
    where p.of = ${of} and p.period = ${period} and p.place = ${place}
    returning s.id as "subjectId", s.customer_id as "customerId"`
  return row
}

/** Who stands among a challenge's candidates by their events, the earliest first, at most so many. */
export async function candidatesOf(
  sql: Sql,
  challenge: string,
  limit: number,
): Promise<readonly Candidate[]> {
  const rows = await sql<(Omit<Candidate, 'at'> & { at: string })[]>`
    select s.customer_id as "customerId", a.at, a.identity from awards a join subjects s on s.id = a.customer_id
    where a.rule = ${challenge} and a.kind = 'entry' and a.live order by a.at, a.identity limit ${limit}`
  return rows.map((row) => ({ ...row, at: fromInstant(row.at) }))
}
