import type { Sql } from './database.ts'
import { fromInstant, toInstant } from './instant.ts'

/** Something that a person did to what Laurel keeps. */
export interface Action {
  readonly actor: string
  /** From where: `command`, or the address of a browser. */
  readonly origin: string
  /** Such as `retry` or `discard`. */
  readonly action: string
  /** What it was done to. */
  readonly target: string
  /** What came of it. */
  readonly outcome: string
}

export interface RecordedAction extends Action {
  readonly id: number
  /** Unix ms. */
  readonly at: number
}

/** Keeps who did what. There is no way to change or remove it again: PostgreSQL refuses. */
export async function recordAction(sql: Sql, action: Action): Promise<void> {
  const { actor, origin, action: what, target, outcome } = action
  await sql`
    insert into actions (actor, origin, action, target, outcome)
    values (${actor}, ${origin}, ${what}, ${target}, ${outcome})`
}

export interface ActionFilter {
  readonly actor?: string
  readonly action?: string
  /** From this instant on, Unix ms. */
  readonly since?: number
  /** Before this instant, Unix ms. */
  readonly until?: number
}

/** The latest actions first. */
export async function listActions(
  sql: Sql,
  { actor, action, since, until }: ActionFilter,
  limit: number,
): Promise<readonly RecordedAction[]> {
  const rows = await sql<(Omit<RecordedAction, 'at'> & { at: string })[]>`
    select id, at, actor, origin, action, target, outcome from actions
    where true ${actor === undefined ? sql`` : sql`and actor = ${actor}`}
      ${action === undefined ? sql`` : sql`and action = ${action}`}
      ${since === undefined ? sql`` : sql`and at >= ${toInstant(since)}`}
      ${until === undefined ? sql`` : sql`and at < ${toInstant(until)}`}
    order by id desc limit ${limit}`
  return rows.map((row) => ({ ...row, at: fromInstant(row.at) }))
}
