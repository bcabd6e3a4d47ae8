import { type GameState, NEW_GAME } from '#domain/fold.ts'
import { NO_SCORES, type ScoreState } from '#domain/score.ts'
import { column } from './column.ts'
import type { Sql } from './database.ts'
import { toInstant } from './instant.ts'

/** A customer's game as it is stored. */
export class Game {
  /** Grows by one with each transaction that changes it. */
  readonly revision: number
  /** Whether its customer was joined to another one: who comes for it anyhow has to look for that one anew. */
  readonly absorbed: boolean
  readonly #text: string

  constructor(text: string, revision: number, absorbed: boolean) {
    this.#text = text
    this.revision = revision
    this.absorbed = absorbed
  }

  /** Read anew each time it is asked for: a batch has thousands, and as objects they would all be garbage to copy. */
  get state(): GameState {
    return parseGame(this.#text)
  }
}

/** A game as it is to be written. */
export interface GameRow {
  readonly game: string
  readonly reachedAt: string | null
  readonly dueAt: string | null
}

export function gameRow(state: GameState): GameRow {
  const { position, due } = state
  return {
    game: JSON.stringify(state),
    reachedAt: position === null ? null : toInstant(position.at),
    dueAt: due === null ? null : toInstant(due),
  }
}

export interface StoredScores {
  readonly state: ScoreState
  /** As of a game. */
  readonly absorbed: boolean
}

/** Locks customers' score states, in the order of their numbers. */
export async function lockScores(
  sql: Sql,
  customers: readonly number[],
): Promise<ReadonlyMap<number, StoredScores>> {
  const rows = await sql<{ id: number; buckets: string; absorbed: boolean }[]>`
    select customer_id as id, buckets, absorbed from scores
    where customer_id = any(${column(sql, 'bigint', ascending(customers))})
    order by customer_id for no key update`
  return new Map(rows.map(({ id, buckets, absorbed }) => [id, { state: parseScores(buckets), absorbed }]))
}

export async function updateScores(sql: Sql, states: ReadonlyMap<number, ScoreState>): Promise<void> {
  if (states.size === 0) return
  await sql`
    update scores set buckets = new.buckets
    from unnest(${column(sql, 'bigint', [...states.keys()])}, ${column(
      sql,
      'text',
      [...states.values()].map((state) => JSON.stringify(state)),
    )})
      as new (id, buckets)
    where customer_id = new.id`
}

/** Empties the score states of customers that were joined to others. */
export async function absorbScores(sql: Sql, customers: readonly number[]): Promise<void> {
  if (customers.length === 0) return
  await sql`
    update scores set buckets = '', absorbed = true where customer_id = any(${column(sql, 'bigint', customers)})`
}

/** Locks customers' games, in the order of their numbers. */
export async function lockGames(sql: Sql, customers: readonly number[]): Promise<ReadonlyMap<number, Game>> {
  const rows = await sql<{ id: number; game: string; revision: number; absorbed: boolean }[]>`
    select customer_id as id, game, revision, absorbed_by is not null as absorbed from games
    where customer_id = any(${column(sql, 'bigint', ascending(customers))})
    order by customer_id for no key update`
  return new Map(rows.map(({ id, game, revision, absorbed }) => [id, new Game(game, revision, absorbed)]))
}

/** Customers' games as they stand, without a lock. */
export async function gamesOf(
  sql: Sql,
  customers: readonly number[],
): Promise<ReadonlyMap<number, GameState>> {
  const rows = await sql<{ id: number; game: string }[]>`
    select customer_id as id, game from games where customer_id = any(${column(sql, 'bigint', customers)})`
  return new Map(rows.map(({ id, game }) => [id, parseGame(game)]))
}

/** Writes games; each one's revision grows by one. */
export async function updateGames(sql: Sql, games: ReadonlyMap<number, GameRow>): Promise<void> {
  if (games.size === 0) return
  const rows = [...games]
  await sql`
    update games set game = new.game, reached_at = new.reached_at, due_at = new.due_at, revision = revision + 1
    from unnest(
      ${column(sql, 'bigint', rows, ([id]) => id)},
      ${column(sql, 'text', rows, ([, { game }]) => game)},
      ${column(sql, 'timestamptz', rows, ([, { reachedAt }]) => reachedAt)},
      ${column(sql, 'timestamptz', rows, ([, { dueAt }]) => dueAt)})
      as new (id, game, reached_at, due_at)
    where customer_id = new.id`
}

/** Empties the games of customers that were joined to others: of each, the root that it belongs to now. */
export async function absorbGames(sql: Sql, roots: ReadonlyMap<number, number>): Promise<void> {
  if (roots.size === 0) return
  await sql`
    update games set game = '', reached_at = null, due_at = null, revision = revision + 1,
      absorbed_by = coalesce(absorbed_by, joined.root)
    from unnest(${column(sql, 'bigint', [...roots.keys()])}, ${column(sql, 'bigint', [...roots.values()])})
      as joined (id, root)
    where customer_id = joined.id`
}

/**
 * The subjects whose events each of these customers' games has: those of customers that were joined to it, by
 * now or before. A link that the stages have not come to yet has moved nothing here.
 */
export async function subjectsInGames(
  sql: Sql,
  customers: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const rows = await sql<{ customer: number; subject: number }[]>`
    with recursive held as (
      select customer_id as customer, customer_id as subject from games
      where customer_id = any(${column(sql, 'bigint', customers)})
      union all
      select held.customer, g.customer_id from held join games g on g.absorbed_by = held.subject
    ) select * from held`
  const subjects = new Map<number, number[]>()
  for (const { customer, subject } of rows)
    subjects.set(customer, [...(subjects.get(customer) ?? []), subject])
  return subjects
}

/** Customers with a game that time alone changes by an instant (Unix ms), the longest due first. */
export async function dueCustomers(sql: Sql, instant: number, limit: number): Promise<readonly number[]> {
  const rows = await sql<{ id: number }[]>`
    select customer_id as id from games where due_at <= ${toInstant(instant)} order by due_at limit ${limit}`
  return rows.map(({ id }) => id)
}

/**
 * The next customers after a number, with a game of their own.
 *
 * @param reached only those whose game has come to this instant (Unix ms); null for all
 */
export async function customersAfter(
  sql: Sql,
  after: number,
  limit: number,
  reached: number | null = null,
): Promise<readonly number[]> {
  const beyond = reached === null ? sql`` : sql`and reached_at >= ${toInstant(reached)}`
  const rows = await sql<{ id: number }[]>`
    select customer_id as id from games where customer_id > ${after} and absorbed_by is null ${beyond}
    order by customer_id limit ${limit}`
  return rows.map(({ id }) => id)
}

/** So many customers taken at random: about evenly, by where a number drawn falls among theirs. */
export async function sampleCustomers(sql: Sql, size: number): Promise<readonly number[]> {
  const rows = await sql<{ id: number }[]>`
    select distinct near.id from (
      select floor(random() * (select coalesce(max(customer_id), 0) from games))::bigint as drawn
      from generate_series(1, ${size}::int)
    ) draws cross join lateral (
      select customer_id as id from games where customer_id > draws.drawn and absorbed_by is null
      order by customer_id limit 1
    ) near order by 1`
  return rows.map(({ id }) => id)
}

/** Whether something of a customer is still on its way through the stages. */
export async function isBusy(sql: Sql, customer: number): Promise<boolean> {
  const [row] = await sql<[{ busy: boolean }]>`
    select exists (
      select 1 from subjects s join events e on e.subject_id = s.id
      left join events r on r.reverses = e.identity
      join batches b on b.id in (e.batch_id, r.batch_id)
      where s.customer_id = ${customer} and (b.scored_at is null or b.gamified_at is null)
    ) or exists (
      select 1 from subjects s join games g on g.customer_id = s.id join scores c on c.customer_id = s.id
      where s.customer_id = ${customer} and s.id <> ${customer} and not (g.absorbed_by is not null and c.absorbed)
    ) as busy`
  return row.busy
}

export interface CustomerStates {
  readonly scores: ScoreState
  readonly game: GameState
}

/** What is stored of a customer; undefined where there is no such customer. */
export async function customerStates(sql: Sql, customer: number): Promise<CustomerStates | undefined> {
  const [row] = await sql<{ scores: string; game: string }[]>`
    select s.buckets as scores, g.game
    from scores s join games g using (customer_id) where customer_id = ${customer}`
  return row && { scores: parseScores(row.scores), game: parseGame(row.game) }
}

/** A customer is created with empty texts, so that only the domain knows what a first state looks like. */
export function parseScores(text: string): ScoreState {
  return text === '' ? NO_SCORES : (JSON.parse(text) as ScoreState)
}

function parseGame(text: string): GameState {
  return text === '' ? NEW_GAME : (JSON.parse(text) as GameState)
}

function ascending(ids: readonly number[]): number[] {
  return ids.toSorted((a, b) => a - b)
}
