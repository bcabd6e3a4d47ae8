import { rootOf } from '#domain/subject.ts'
import { column } from './column.ts'
import type { Sql } from './database.ts'
import type { SubjectRow } from './subjects.ts'

/** What an event says: that two subjects are one customer. */
export interface Link {
  readonly subject: number
  readonly other: number
  /** The event's identity. */
  readonly identity: string
}

/** Any number, the same in every process: only one transaction joins customers at a time. */
const LINK_LOCK = 712_002

/**
 * Joins customers whose subjects are linked, under the root that all of their subjects together have. To be
 * called last in its transaction, since others that join customers wait for it.
 *
 * @returns how many links joined customers: the batch's stages have histories to bring together
 */
export async function joinCustomers(sql: Sql, batch: number, links: readonly Link[]): Promise<number> {
  if (links.length === 0) return 0
  if ((await joining(await subjectsBehind(sql, links), links)).length === 0) return 0
  await sql`select pg_advisory_xact_lock(${LINK_LOCK})`
  // A statement of its own: its snapshot must see what the former holder of the lock has committed.
  const subjects = await subjectsBehind(sql, links)
  const effective = joining(subjects, links)
  const groups = grouped(subjects, effective)
  const moved = groups.flatMap((group) => {
    const root = rootOf(group as [SubjectRow, ...SubjectRow[]]).id
    return group.filter(({ customerId }) => customerId !== root).map(({ id }) => ({ id, root }))
  })
  await sql`
    update subjects set customer_id = moved.root
    from unnest(${column(sql, 'bigint', moved, ({ id }) => id)}, ${column(sql, 'bigint', moved, ({ root }) => root)})
      as moved (id, root)
    where subjects.id = moved.id`
  await sql`
    insert into links (batch_id, subject_id, other_id, identity)
    select ${batch}, * from unnest(
      ${column(sql, 'bigint', effective, ({ subject }) => subject)},
      ${column(sql, 'bigint', effective, ({ other }) => other)},
      ${column(sql, 'uuid', effective, ({ identity }) => identity)})
    on conflict do nothing`
  return effective.length
}

/** Every subject of the customers that links speak of. */
async function subjectsBehind(sql: Sql, links: readonly Link[]): Promise<readonly SubjectRow[]> {
  const ids = [...new Set(links.flatMap(({ subject, other }) => [subject, other]))]
  return sql<SubjectRow[]>`
    select id, kind, value, customer_id as "customerId" from subjects where customer_id in (
      select customer_id from subjects where id = any(${column(sql, 'bigint', ids)}))`
}

/** The links between subjects that are not one customer's yet. */
function joining(subjects: readonly SubjectRow[], links: readonly Link[]): readonly Link[] {
  const customers = new Map(subjects.map(({ id, customerId }) => [id, customerId]))
  return links.filter(({ subject, other }) => customers.get(subject) !== customers.get(other))
}

/** The subjects of each customer that comes of joining, by union of what the links connect. */
function grouped(
  subjects: readonly SubjectRow[],
  links: readonly Link[],
): readonly (readonly SubjectRow[])[] {
  const group = new Map<number, SubjectRow[]>()
  for (const subject of subjects) {
    const own = group.get(subject.customerId) ?? []
    own.push(subject)
    group.set(subject.customerId, own)
    group.set(subject.id, own)
  }
  for (const { subject, other } of links) {
    const [one, two] = [group.get(subject)!, group.get(other)!]
    if (one === two) continue
    const both = [...one, ...two]
    for (const { id } of both) group.set(id, both)
  }
  return [...new Set(subjects.map(({ id }) => group.get(id)!))]
}

/** A customer that batches have joined, and every subject that it has by now: each had a game of its own. */
export interface Joined {
  readonly root: number
  readonly members: readonly number[]
}

export async function joinedBy(sql: Sql, batches: readonly number[]): Promise<readonly Joined[]> {
  if (batches.length === 0) return []
  const rows = await sql<{ root: number; member: number }[]>`
    select m.customer_id as root, m.id as member from subjects m where m.customer_id in (
      select s.customer_id from links l join subjects s on s.id = l.subject_id
      where l.batch_id = any(${column(sql, 'bigint', batches)}))`
  const members = new Map<number, number[]>()
  for (const { root, member } of rows) {
    const own = members.get(root) ?? []
    members.set(root, own)
    if (member !== root) own.push(member)
  }
  return [...members].map(([root, own]) => ({ root, members: own }))
}
