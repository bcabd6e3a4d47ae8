import type { GameState } from '#domain/fold.ts'
import { isBefore, NO_EVENT, type Position } from '#domain/position.ts'
import { addStates, NO_SCORES, type ScoreState } from '#domain/score.ts'
import { column } from './column.ts'
import type { Sql } from './database.ts'
import { type Since, sinceRows } from './events.ts'
import { toInstant } from './instant.ts'
import { parseScores } from './states.ts'

/**
 * The nearest checkpoint before each customer's position, to fold again from; where folding is to begin at
 * the beginning (null), the opening that is left of a past that is settled. Customers without one are absent.
 */
export async function checkpointsBefore(
  sql: Sql,
  wanted: readonly Since[],
): Promise<ReadonlyMap<number, GameState>> {
  if (wanted.length === 0) return new Map()
  const rows = await sql<{ customerId: number; state: string }[]>`
    select since.customer_id as "customerId", near.state
    from ${sinceRows(sql, wanted)}
    cross join lateral (
      select c.state from checkpoints c
      where c.customer_id = since.customer_id and ((c.at, c.identity) < (since.at, since.identity) or c.opening)
      order by c.at desc, c.identity desc limit 1
    ) near`
  return new Map(rows.map(({ customerId, state }) => [customerId, JSON.parse(state) as GameState]))
}

/** Takes checkpoints away that come after a position: what they hold is folded again. */
export async function dropCheckpoints(sql: Sql, since: readonly Since[]): Promise<void> {
  if (since.length === 0) return
  await sql`
    delete from checkpoints c using ${sinceRows(sql, since)}
    where c.customer_id = since.customer_id and (c.at, c.identity) > (since.at, since.identity) and not c.opening`
}

/** A checkpoint as it is to be written. */
export interface CheckpointRow {
  readonly customerId: number
  readonly at: string
  readonly identity: string
  readonly state: string
}

export function checkpointRow(customerId: number, state: GameState): CheckpointRow {
  const { at, identity } = positionOf(state)
  return { customerId, at: toInstant(at), identity, state: JSON.stringify(state) }
}

export async function insertCheckpoints(sql: Sql, checkpoints: readonly CheckpointRow[]): Promise<void> {
  if (checkpoints.length === 0) return
  await sql`
    insert into checkpoints (customer_id, at, identity, state)
    select * from unnest(
      ${column(sql, 'bigint', checkpoints, ({ customerId }) => customerId)},
      ${column(sql, 'timestamptz', checkpoints, ({ at }) => at)},
      ${column(sql, 'uuid', checkpoints, ({ identity }) => identity)},
      ${column(sql, 'text', checkpoints, ({ state }) => state)})`
}

/** What is left of a past that is settled: the game and the scores that its events had come to. */
export interface Opening {
  readonly customerId: number
  readonly state: GameState
  /** Of this subject's own past, whatever customers it was joined to since. */
  readonly scores: ScoreState
}

/** The openings that these customers' folding begins at. */
export async function openingsOf(
  sql: Sql,
  customers: readonly number[],
): Promise<ReadonlyMap<number, Opening>> {
  const rows = await sql<{ customerId: number; state: string; scores: string }[]>`
    select customer_id as "customerId", state, scores from checkpoints
    where customer_id = any(${column(sql, 'bigint', customers)}) and opening`
  return new Map(
    rows.map(({ customerId, state, scores }) => [
      customerId,
      { customerId, state: JSON.parse(state) as GameState, scores: parseScores(scores) },
    ]),
  )
}

/** What is settled of a customer's scores, and the position after which its events are still to be added. */
export interface SettledScores {
  readonly scores: ScoreState
  /** Null while some subject has no settled past: those of the others have no events left before theirs. */
  readonly position: Position | null
}

/** The settled scores of all of these customers' subjects, by customer; customers without any are absent. */
export async function openingScores(
  sql: Sql,
  customers: readonly number[],
): Promise<ReadonlyMap<number, SettledScores>> {
  const rows = await sql<{ customerId: number; state: string | null; scores: string | null }[]>`
    select s.customer_id as "customerId", c.state, c.scores from subjects s
    left join checkpoints c on c.customer_id = s.id and c.opening
    where s.customer_id = any(${column(sql, 'bigint', customers)})`
  const settled = new Map<number, SettledScores>()
  for (const { customerId, state, scores } of rows) {
    const position = state === null ? null : (JSON.parse(state) as GameState).position
    const before = settled.get(customerId)
    settled.set(customerId, {
      scores: addStates(before?.scores ?? NO_SCORES, parseScores(scores ?? '')),
      position: !before || isBefore(position, before.position) ? position : before.position,
    })
  }
  return settled
}

/** Puts an opening in the place of everything that a customer's checkpoints hold up to its position. */
export async function writeOpening(sql: Sql, { customerId, state, scores }: Opening): Promise<void> {
  const { at, identity } = positionOf(state)
  await sql`
    delete from checkpoints where customer_id = ${customerId}
      and ((at, identity) <= (${toInstant(at)}::timestamptz, ${identity}::uuid) or opening)`
  await sql`
    insert into checkpoints (customer_id, at, identity, state, opening, scores)
    values (${customerId}, ${toInstant(at)}, ${identity}, ${JSON.stringify(state)}, true, ${JSON.stringify(scores)})`
}

/** Forgets the openings of subjects whose past is in another one's opening by now. */
export async function dropOpenings(sql: Sql, subjects: readonly number[]): Promise<void> {
  if (subjects.length === 0) return
  await sql`delete from checkpoints where customer_id = any(${column(sql, 'bigint', subjects)}) and opening`
}

/** The checkpoints of one customer, without the opening, in order. */
export async function checkpointsOf(sql: Sql, customer: number): Promise<readonly GameState[]> {
  const rows = await sql<{ state: string }[]>`
    select state from checkpoints where customer_id = ${customer} and not opening order by at, identity`
  return rows.map(({ state }) => JSON.parse(state) as GameState)
}

/** A checkpoint is taken after an event, and an opening at a time: neither has no position. */
function positionOf({ position }: GameState): Position {
  return position ?? { at: 0, identity: NO_EVENT }
}
