import { correct, vanished } from '#domain/correction.ts'
import type { Event } from '#domain/event.ts'
import { foldAll, type GameState, NEW_GAME, type Step } from '#domain/fold.ts'
import type { Outcome } from '#domain/outcome.ts'
import { comparePositions } from '#domain/position.ts'
import type { Program } from '#domain/program.ts'
import {
  type Award,
  appendLedger,
  awardKey,
  awardsOf,
  type LedgerEntry,
  upsertAwards,
} from '#store/awards.ts'
import { claimBatch, markBatches, unmarkRanked } from '#store/batches.ts'
import type { Database, Sql } from '#store/database.ts'
import { byCustomer, eventsOfBatch, gamifiedEvents } from '#store/events.ts'
import { insertFailures, resolveEventFailures } from '#store/failures.ts'
import { type StandingRow, standingsOf, upsertStandings } from '#store/standings.ts'
import { type Game, lockGames, updateGames } from '#store/states.ts'
import { inTransaction } from '#store/transaction.ts'
import { ruleFailures } from './rule-failure.ts'

/** What changed for one customer. */
interface Change {
  readonly customerId: number
  readonly state: GameState
  readonly awards: readonly Award[]
  readonly ledger: readonly LedgerEntry[]
  readonly standings: readonly StandingRow[]
  /** Outcomes of events that a rule could not be evaluated on. */
  readonly failed: readonly Outcome[]
  /** Events that counted, though they may have failed before. */
  readonly refolded: readonly Event[]
}

export interface Gamified {
  /** When each of the batch's events arrived, Unix ms. */
  readonly arrivals: readonly number[]
  /** For the leaderboards, once this is committed. */
  readonly standings: readonly StandingRow[]
  /** How many awards were given, changed or taken back. */
  readonly awards: number
  /** Whether there are failures that failed-events is to show. */
  readonly failed: boolean
}

/**
 * Folds a batch's events onto its customers' games and writes what they earn, with the batch's mark, in one
 * transaction.
 *
 * @returns undefined where the batch had been gamified before
 */
export async function gamifyBatch(
  database: Database,
  program: Program,
  batch: number,
): Promise<Gamified | undefined> {
  return inTransaction(database, async (transaction) => {
    if (!(await claimBatch(transaction, batch, 'gamification'))) return undefined
    const events = await eventsOfBatch(transaction, batch)
    const own = byCustomer(events)
    const games = await lockGames(transaction, [...own.keys()])
    const [late, inOrder] = partition([...games], ([customer, { state }]) =>
      isLate(own.get(customer)!, state),
    )
    const changes = [
      ...inOrder.map(([customer, game]) => advance(program, customer, game, own.get(customer)!)),
      ...(await refold(transaction, program, new Map(late), batch)),
    ]
    const written = await write(transaction, changes)
    await markBatches(transaction, [batch], 'gamification')
    if (written.standings.length === 0) await markBatches(transaction, [batch], 'leaderboards')
    return { ...written, arrivals: events.map(({ arrivedAt }) => arrivedAt) }
  })
}

/**
 * Works a customer's game out anew from everything that counts for it, and writes the difference.
 *
 * @param batch the batch of the event that asks for it: totals that changed are to be told under its number
 */
export async function refoldCustomer(
  database: Database,
  program: Program,
  customer: number,
  batch: number,
): Promise<Gamified> {
  return inTransaction(database, async (transaction) => {
    const games = await lockGames(transaction, [customer])
    const written = await write(transaction, await refold(transaction, program, games, NO_BATCH))
    if (written.standings.length > 0) await unmarkRanked(transaction, batch)
    return { ...written, arrivals: [] }
  })
}

/** No batch has this number. */
const NO_BATCH = 0
const REFOLDED_AT_ONCE = 50

/** Whether some event comes before the position that the game has reached. */
function isLate(events: readonly Event[], { position }: GameState): boolean {
  return position !== null && events.some((event) => comparePositions(event, position) < 0)
}

/** The usual case: every event comes after all that the game includes. */
function advance(program: Program, customer: number, game: Game, events: readonly Event[]): Change {
  return changeOf(program, customer, game, foldAll(game.state, events, program), [], [], [])
}

/** Late events: whole histories are folded again, and what differs from what was told is corrected. */
async function refold(
  sql: Sql,
  program: Program,
  games: ReadonlyMap<number, Game>,
  batch: number,
): Promise<readonly Change[]> {
  const customers = [...games.keys()]
  const changes: Change[] = []
  // Whole histories at a time, but never all of a batch's late customers at once.
  for (let i = 0; i < customers.length; i += REFOLDED_AT_ONCE) {
    const portion = customers.slice(i, i + REFOLDED_AT_ONCE)
    changes.push(...(await refoldPortion(sql, program, games, portion, batch)))
  }
  return changes
}

async function refoldPortion(
  sql: Sql,
  program: Program,
  games: ReadonlyMap<number, Game>,
  customers: readonly number[],
  batch: number,
): Promise<readonly Change[]> {
  const events = byCustomer(await gamifiedEvents(sql, customers, batch))
  const awards = byCustomer(await awardsOf(sql, customers))
  const standings = byCustomer(await standingsOf(sql, customers))
  return customers.map((customer) => {
    const history = events.get(customer) ?? []
    const step = foldAll(NEW_GAME, history, program)
    const recorded = awards.get(customer) ?? []
    return changeOf(
      program,
      customer,
      games.get(customer)!,
      step,
      recorded,
      standings.get(customer) ?? [],
      history,
    )
  })
}

function changeOf(
  program: Program,
  customerId: number,
  game: Game,
  step: Step,
  recorded: readonly Award[],
  recordedStandings: readonly StandingRow[],
  refolded: readonly Event[],
): Change {
  const [failed, earned] = partition(step.outcomes, ({ kind }) => kind === 'failed')
  const { changed, postings } = correct(recorded, earned)
  const standings = [...step.standings, ...vanished(recordedStandings, step.standings)]
  return {
    customerId,
    state: step.state,
    awards: changed.map((outcome) => ({ ...outcome, customerId, program: program.version })),
    ledger: postings.map(({ outcome: { rule, occurrence, at }, wallet, amount, revision }) => ({
      customerId,
      rule,
      occurrence,
      at,
      wallet,
      amount,
      revision,
    })),
    standings: standings.map((standing) => ({ ...standing, customerId, revision: game.revision + 1 })),
    failed,
    refolded,
  }
}

function partition<T>(all: readonly T[], test: (each: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((each) => !test(each))]
}

async function write(sql: Sql, changes: readonly Change[]): Promise<Omit<Gamified, 'arrivals'>> {
  const awards = changes.flatMap((change) => change.awards)
  const standings = changes.flatMap((change) => change.standings)
  const failed = changes.flatMap((change) => change.failed)
  await updateGames(sql, new Map(changes.map(({ customerId, state }) => [customerId, state])))
  const revisions = await upsertAwards(sql, awards)
  await appendLedger(
    sql,
    changes.flatMap(({ ledger }) =>
      ledger.map((entry) => ({ ...entry, revision: revisions.get(awardKey(entry))! })),
    ),
  )
  await upsertStandings(sql, standings)
  const opened = await insertFailures(sql, await ruleFailures(sql, failed))
  const failing = new Set(failed.map(({ identity }) => identity))
  const counted = changes.flatMap(({ refolded }) => refolded.filter(({ identity }) => !failing.has(identity)))
  await resolveEventFailures(
    sql,
    'gamification',
    counted.map(({ identity }) => identity),
  )
  return { standings, awards: awards.length, failed: opened.size > 0 }
}
