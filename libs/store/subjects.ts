import type { Subject } from '#domain/subject.ts'
import { column } from './column.ts'
import type { Sql } from './database.ts'

/** `msisdn:+8801700000042`: a subject as one key. */
export function subjectKey({ kind, value }: Subject): string {
  return `${kind}:${value}`
}

/**
 * The numbers of subjects, by key. Those never seen are created together with their score and game states:
 * a stage only ever locks and updates a state, since two transactions that both found none would lose one's
 * update.
 */
export async function resolveSubjects(sql: Sql, subjects: readonly Subject[]): Promise<Map<string, number>> {
  const found = await findSubjects(sql, subjects)
  // Created in one order everywhere, so that two batches with the same newcomers cannot deadlock.
  const missing = subjects
    .filter((subject) => !found.has(subjectKey(subject)))
    .toSorted((a, b) => (subjectKey(a) < subjectKey(b) ? -1 : 1))
  if (missing.length === 0) return found
  await sql`
    with created as (
      insert into subjects (kind, value)
      select * from unnest(${column(sql, 'text', missing, ({ kind }) => kind)}, ${column(sql, 'text', missing, ({ value }) => value)})
      on conflict (value, kind) do nothing returning id
    ), scored as (
      insert into scores (customer_id, state) select id, '' from created
    )
    insert into games (customer_id, state) select id, '' from created`
  return new Map([...found, ...(await findSubjects(sql, missing))])
}

/** The numbers of those subjects that exist, by key. */
export async function findSubjects(sql: Sql, subjects: readonly Subject[]): Promise<Map<string, number>> {
  if (subjects.length === 0) return new Map()
  const rows = await sql<(Subject & { id: number })[]>`
    select s.id, s.kind, s.value from subjects s
    join unnest(${column(sql, 'text', subjects, ({ kind }) => kind)}, ${column(sql, 'text', subjects, ({ value }) => value)})
      as wanted (kind, value) on s.value = wanted.value and s.kind = wanted.kind`
  return new Map(rows.map((row) => [subjectKey(row), row.id]))
}

/** The subjects of customers, by customer. */
export async function subjectsOf(
  sql: Sql,
  customers: readonly number[],
): Promise<ReadonlyMap<number, Subject>> {
  const rows = await sql<{ id: number; kind: Subject['kind']; value: string }[]>`
    select id, kind, value from subjects where id = any(${column(sql, 'bigint', customers)})`
  return new Map(rows.map(({ id, kind, value }) => [id, { kind, value }]))
}
