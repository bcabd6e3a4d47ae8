import type { Sql, Transaction } from './database.ts'
import { fromInstant, toInstant } from './instant.ts'

/** A program as it was published. */
export interface PublishedProgram {
  /** From 1. */
  readonly version: number
  /** Its program.yaml. */
  readonly text: string
  /** Unix ms. */
  readonly publishedAt: number
  readonly publishedBy: string
}

/**
 * The latest version; undefined where none was published. In a transaction it stays the latest until that
 * ends: a publication waits for every transaction that has asked.
 */
export async function latestVersion(sql: Sql): Promise<number | undefined> {
  const [row] = await sql<[{ version: number | null }]>`select max(version) as version from programs`
  return row.version ?? undefined
}

export async function publishedProgram(sql: Sql, version: number): Promise<PublishedProgram | undefined> {
  const [row] = await sql<(Omit<PublishedProgram, 'publishedAt'> & { publishedAt: string })[]>`
    select version, text, published_at as "publishedAt", published_by as "publishedBy"
    from programs where version = ${version}`
  return row && { ...row, publishedAt: fromInstant(row.publishedAt) }
}

/** All versions, the first one first. */
export async function publishedPrograms(sql: Sql): Promise<readonly PublishedProgram[]> {
  const rows = await sql<(Omit<PublishedProgram, 'publishedAt'> & { publishedAt: string })[]>`
    select version, text, published_at as "publishedAt", published_by as "publishedBy"
    from programs order by version`
  return rows.map((row) => ({ ...row, publishedAt: fromInstant(row.publishedAt) }))
}

/** Keeps everyone from asking for the latest version until the transaction ends. */
export async function lockPrograms(sql: Transaction): Promise<void> {
  await sql`lock table programs in access exclusive mode`
}

/** To be called under `lockPrograms`. */
export async function insertProgram(
  sql: Transaction,
  { version, text, publishedBy }: Omit<PublishedProgram, 'publishedAt'>,
): Promise<void> {
  await sql`
    insert into programs (version, text, published_by) values (${version}, ${text}, ${publishedBy})`
}

/** What a publication has folded again, and how far that has come. */
export interface Refold {
  readonly version: number
  /** Unix ms, -Infinity for the beginning; Infinity where no game is folded again. */
  readonly from: number
  /** Whether scores are worked out anew. */
  readonly rescores: boolean
  readonly total: number
  readonly through: number
  readonly told: number
  readonly done: number
  readonly changed: number
  readonly finished: boolean
}

/** Has customers folded again for a version, where there are any: their number is counted now. */
export async function insertRefold(
  sql: Transaction,
  { version, from, rescores }: Pick<Refold, 'version' | 'from' | 'rescores'>,
): Promise<void> {
  const fromAt =
    from === Number.POSITIVE_INFINITY
      ? null
      : from === Number.NEGATIVE_INFINITY
        ? '-infinity'
        : toInstant(from)
  await sql`
    insert into refolds (version, from_at, rescores, total)
    select ${version}, ${fromAt}::timestamptz, ${rescores}, count(*) from games where absorbed_by is null having count(*) > 0`
}

const columns = (sql: Sql) => sql`
  version, case when from_at <> '-infinity' then from_at end as "fromAt", from_at is null as "isNever",
  rescores, total, through, told, done, changed, finished_at is not null as finished`

type StoredRefold = Omit<Refold, 'from'> & { fromAt: string | null; isNever: boolean }

const toRefold = ({ fromAt, isNever, ...row }: StoredRefold): Refold => ({
  ...row,
  from: isNever ? Number.POSITIVE_INFINITY : fromAt === null ? Number.NEGATIVE_INFINITY : fromInstant(fromAt),
})

/** The versions whose refold is not finished, the first one first. */
export async function openRefolds(sql: Sql): Promise<readonly Refold[]> {
  const rows = await sql<StoredRefold[]>`
    select ${columns(sql)} from refolds where finished_at is null order by version`
  return rows.map(toRefold)
}

/** Takes a refold in hand until the transaction ends; undefined where it is finished, or another has it. */
export async function claimRefold(sql: Transaction, version: number): Promise<Refold | undefined> {
  const rows = await sql<StoredRefold[]>`
    select ${columns(sql)} from refolds where version = ${version} and finished_at is null
    for update skip locked`
  return rows.map(toRefold)[0]
}

export async function refoldOf(sql: Sql, version: number): Promise<Refold | undefined> {
  const rows = await sql<StoredRefold[]>`select ${columns(sql)} from refolds where version = ${version}`
  return rows.map(toRefold)[0]
}

/** Remembers that all customers up to one are done. */
export async function advanceRefold(
  sql: Sql,
  version: number,
  step: { readonly through: number; readonly done: number; readonly changed: number },
): Promise<void> {
  await sql`
    update refolds set through = ${step.through}, done = done + ${step.done}, changed = changed + ${step.changed}
    where version = ${version}`
}

/** Remembers that all customers up to one have had their totals told. */
export async function markRefoldTold(sql: Sql, version: number, through: number): Promise<void> {
  await sql`update refolds set told = ${through} where version = ${version} and told < ${through}`
}

export async function finishRefold(sql: Sql, version: number): Promise<void> {
  await sql`update refolds set finished_at = now() where version = ${version}`
}
