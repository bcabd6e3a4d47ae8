import { type Subject, subjectKey } from '#domain/subject.ts'
import { column } from './column.ts'
import type { Sql } from './database.ts'

/** A subject with its number, and that of the customer that it belongs to by now. */
export interface SubjectRow extends Subject {
  readonly id: number
  readonly customerId: number
}

/**
 * Subjects, by key. Those never seen are created together with their score and game states: a stage only ever
 * locks and updates a state, since two transactions that both found none would lose one's update.
 */
export async function resolveSubjects(
  sql: Sql,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<string, SubjectRow>> {
  const found = await findSubjects(sql, subjects)
  // Created in one order everywhere, so that two batches with the same newcomers cannot deadlock.
  const missing = subjects
    .filter((subject) => !found.has(subjectKey(subject)))
    .toSorted((a, b) => (subjectKey(a) < subjectKey(b) ? -1 : 1))
  if (missing.length === 0) return found
  await sql`
    with created as (
      insert into subjects (id, kind, value, customer_id)
      select id, kind, value, id from (
        select nextval('subjects_id_seq') as id, new.kind, new.value
        from unnest(
          ${column(sql, 'text', missing, ({ kind }) => kind)},
          ${column(sql, 'text', missing, ({ value }) => value)}) with ordinality as new (kind, value, place)
        order by new.place
      ) numbered
      on conflict (value, kind) do nothing returning id
    ), scored as (
      insert into scores (customer_id, buckets) select id, '' from created
    )
    insert into games (customer_id, game) select id, '' from created`
  return new Map([...found, ...(await findSubjects(sql, missing))])
}

/** Those subjects that exist, by key. */
export async function findSubjects(
  sql: Sql,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<string, SubjectRow>> {
  if (subjects.length === 0) return new Map()
  const rows = await sql<SubjectRow[]>`
    select s.id, s.kind, s.value, s.customer_id as "customerId" from subjects s
    join unnest(
      ${column(sql, 'text', subjects, ({ kind }) => kind)},
      ${column(sql, 'text', subjects, ({ value }) => value)})
      as wanted (kind, value) on s.value = wanted.value and s.kind = wanted.kind`
  return new Map(rows.map((row) => [subjectKey(row), row]))
}

/** Every subject of these customers. */
export async function subjectsOf(sql: Sql, customers: readonly number[]): Promise<readonly SubjectRow[]> {
  return sql<SubjectRow[]>`
    select id, kind, value, customer_id as "customerId" from subjects
    where customer_id = any(${column(sql, 'bigint', customers)})`
}

/** Subjects by their numbers. */
export async function subjectsByNumber(
  sql: Sql,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, SubjectRow>> {
  const rows = await sql<SubjectRow[]>`
    select id, kind, value, customer_id as "customerId" from subjects
    where id = any(${column(sql, 'bigint', numbers)})`
  return new Map(rows.map((row) => [row.id, row]))
}

/** Gives a customer's subjects names that name nobody. */
export async function eraseSubjects(sql: Sql, customer: number): Promise<void> {
  await sql`
    update subjects set kind = 'other', value = 'erased-' || id where customer_id = ${customer}`
}
