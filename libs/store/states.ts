import { type GameState, NEW_GAME } from '#domain/fold.ts'
import { NO_SCORES, type ScoreState } from '#domain/score.ts'
import { column } from './column.ts'
import type { Sql } from './database.ts'

export interface Game {
  readonly state: GameState
  /** Grows by one with each transaction that changes it. */
  readonly revision: number
}

/** Locks customers' score states, in the order of their numbers. */
export async function lockScores(sql: Sql, customers: readonly number[]): Promise<Map<number, ScoreState>> {
  const rows = await sql<{ id: number; state: string }[]>`
    select customer_id as id, state from scores where customer_id = any(${column(sql, 'bigint', ascending(customers))})
    order by customer_id for no key update`
  return new Map(rows.map(({ id, state }) => [id, parseScores(state)]))
}

export async function updateScores(sql: Sql, states: ReadonlyMap<number, ScoreState>): Promise<void> {
  await sql`
    update scores set state = new.state
    from unnest(${column(sql, 'bigint', [...states.keys()])}, ${column(
      sql,
      'text',
      [...states.values()].map((state) => JSON.stringify(state)),
    )})
      as new (id, state)
    where customer_id = new.id`
}

/** Locks customers' games, in the order of their numbers. */
export async function lockGames(sql: Sql, customers: readonly number[]): Promise<Map<number, Game>> {
  const rows = await sql<{ id: number; state: string; revision: number }[]>`
    select customer_id as id, state, revision from games
    where customer_id = any(${column(sql, 'bigint', ascending(customers))})
    order by customer_id for no key update`
  return new Map(rows.map(({ id, state, revision }) => [id, { state: parseGame(state), revision }]))
}

/** Writes games; each one's revision grows by one. */
export async function updateGames(sql: Sql, states: ReadonlyMap<number, GameState>): Promise<void> {
  await sql`
    update games set state = new.state, revision = revision + 1
    from unnest(${column(sql, 'bigint', [...states.keys()])}, ${column(
      sql,
      'text',
      [...states.values()].map((state) => JSON.stringify(state)),
    )})
      as new (id, state)
    where customer_id = new.id`
}

export interface CustomerStates {
  readonly scores: ScoreState
  readonly game: GameState
}

/** What is stored of a customer; undefined where there is no such customer. */
export async function customerStates(sql: Sql, customer: number): Promise<CustomerStates | undefined> {
  const [row] = await sql<{ scores: string; game: string }[]>`
    select s.state as scores, g.state as game
    from scores s join games g using (customer_id) where customer_id = ${customer}`
  return row && { scores: parseScores(row.scores), game: parseGame(row.game) }
}

/** A customer is created with empty texts, so that only the domain knows what a first state looks like. */
function parseScores(text: string): ScoreState {
  return text === '' ? NO_SCORES : (JSON.parse(text) as ScoreState)
}

function parseGame(text: string): GameState {
  return text === '' ? NEW_GAME : (JSON.parse(text) as GameState)
}

function ascending(ids: readonly number[]): number[] {
  return ids.toSorted((a, b) => a - b)
}
