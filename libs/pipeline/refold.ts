import { standingsAt } from '#domain/board.ts'
import { correct, correctStandings } from '#domain/correction.ts'
import { type GameState, NEW_GAME } from '#domain/fold.ts'
import { joinOpenings, transfers } from '#domain/opening.ts'
import { type Outcome, outcomeKey, standingKey } from '#domain/outcome.ts'
import { isBefore, type Position } from '#domain/position.ts'
import type { Program } from '#domain/program.ts'
import { heldKeys, refold } from '#domain/refold.ts'
import { type Award, type AwardKey, awardsByKey, awardsOf, awardsSince } from '#store/awards.ts'
import { checkpointsBefore, openingsOf, writeOpening } from '#store/checkpoints.ts'
import type { Sql, Transaction } from '#store/database.ts'
import { byCustomer, eventsSince } from '#store/events.ts'
import { type StandingRow, standingsOf } from '#store/standings.ts'
import { type Game, lockScores } from '#store/states.ts'
import { programsOf } from './applied.ts'
import { type CustomerChange, changeOf } from './change.ts'
import { settleCustomer } from './retention.ts'

/** A customer whose past has changed. */
export interface Past {
  /** Of the game as it is. */
  readonly revision: number
  /** The position that the game has come to. */
  readonly reached: Position | null
  /** How many events the game includes. */
  readonly events: number
  /** Where the change begins; null for the beginning. */
  readonly from: Position | null
}

export function pastOf(revision: number, { position, events }: GameState, from: Position | null): Past {
  return { revision, reached: position, events, from }
}

/** Histories are folded in portions of about so many events, so that a worker's memory stays bounded. */
const EVENTS_AT_ONCE = 20_000

/**
 * Folds customers again, each from the nearest checkpoint before the change, under the lock on their games.
 *
 * @param inHand the batches whose events count though they are not marked
 */
export async function refoldCustomers(
  sql: Sql,
  program: Program,
  pasts: ReadonlyMap<number, Past>,
  inHand: readonly number[],
): Promise<readonly CustomerChange[]> {
  const changes: CustomerChange[] = []
  for (const portion of portions([...pasts]))
    changes.push(...(await refoldPortion(sql, program, portion, inHand)))
  return changes
}

function portions(pasts: readonly (readonly [number, Past])[]): ReadonlyMap<number, Past>[] {
  const all: Map<number, Past>[] = []
  let left = 0
  for (const [customer, past] of pasts) {
    if (left <= 0) {
      all.push(new Map())
      left = EVENTS_AT_ONCE
    }
    all.at(-1)!.set(customer, past)
    left -= past.events + 1
  }
  return all
}

async function refoldPortion(
  sql: Sql,
  program: Program,
  pasts: ReadonlyMap<number, Past>,
  inHand: readonly number[],
): Promise<readonly CustomerChange[]> {
  const starts = await startsOf(sql, pasts)
  const programOf = await programsOf(sql, program, [...pasts.keys()])
  const since = [...starts].map(([customerId, { position }]) => ({ customerId, position }))
  const events = byCustomer(await eventsSince(sql, 'gamification', since, inHand, program.payloadTypes))
  const held = [...starts].flatMap(([customerId, start]) => heldAwards(customerId, start, program))
  const later = await awardsSince(sql, since)
  const awards = byCustomer(unique([...later, ...(await awardsByKey(sql, held))]))
  const standings = byCustomer(await standingsOf(sql, [...pasts.keys()]))
  return [...pasts].map(([customerId, { revision, reached }]) => {
    const start = starts.get(customerId)!
    const own = events.get(customerId) ?? []
    const recording = {
      start,
      reached,
      awards: awards.get(customerId) ?? [],
      standings: changeable(standings.get(customerId) ?? [], start, program),
    }
    return changeOf(customerId, revision, refold(recording, own, programOf(customerId)), own)
  })
}

async function startsOf(sql: Sql, pasts: ReadonlyMap<number, Past>): Promise<ReadonlyMap<number, GameState>> {
  const wanted = [...pasts].map(([customerId, { from }]) => ({ customerId, position: from }))
  const found = await checkpointsBefore(sql, wanted)
  return new Map([...pasts.keys()].map((customer) => [customer, found.get(customer) ?? NEW_GAME]))
}

function heldAwards(customerId: number, start: GameState, program: Program): AwardKey[] {
  return [...heldKeys(start, program)].map((key) => {
    const [rule = '', occurrence = ''] = key.split('\n')
    return { customerId, rule, occurrence }
  })
}

function unique(awards: readonly Award[]): readonly Award[] {
  return [...new Map(awards.map((award) => [`${award.customerId}\n${outcomeKey(award)}`, award])).values()]
}

/** The totals that folding from a start on can change: those reached after it, and those that it knows. */
function changeable(
  standings: readonly StandingRow[],
  start: GameState,
  program: Program,
): readonly StandingRow[] {
  const known = new Set(standingsAt(start, program).map(standingKey))
  return standings.filter((each) => isBefore(start.position, each) || known.has(standingKey(each)))
}

/**
 * Takes back all that customers have: they were joined to another one, who has it from now on. What they had
 * of a settled past stays with them, and the balance it came to moves.
 */
export async function absorbCustomers(
  sql: Sql,
  games: ReadonlyMap<number, Game>,
): Promise<readonly CustomerChange[]> {
  const customers = [...games.keys()]
  if (customers.length === 0) return []
  const openings = await openingsOf(sql, customers)
  const awards = byCustomer(await awardsOf(sql, customers))
  const standings = byCustomer(await standingsOf(sql, customers))
  return customers.map((customerId) => {
    const opening = openings.get(customerId)?.state
    const moved = opening ? transfers(opening, `joined/${customerId}`, -1) : []
    const recorded = (awards.get(customerId) ?? []).filter(
      (award) =>
        isBefore(opening?.position ?? null, award) ||
        moved.some((each) => outcomeKey(each) === outcomeKey(award)),
    )
    return changeOf(customerId, games.get(customerId)!.revision, {
      ...correct(recorded, moved),
      state: NEW_GAME,
      losses: [],
      standings: correctStandings(standings.get(customerId) ?? [], []),
      checkpoints: [],
      since: null,
      failed: [],
    })
  })
}

/**
 * Brings the settled pasts of joined customers together, before the root is folded again from there. Where one
 * is settled further than another, the others are settled as far first.
 *
 * @param games of the root and of those members that were not joined to another customer before
 * @returns what the root receives by it
 */
export async function joinSettled(
  sql: Transaction,
  program: Program,
  root: number,
  games: ReadonlyMap<number, Game>,
): Promise<readonly Outcome[]> {
  const customers = [...games.keys()]
  const settled = [...(await openingsOf(sql, customers)).values()]
  if (settled.length === 0) return []
  const horizon = Math.max(...settled.map(({ state }) => state.position?.at ?? 0))
  // As whoever settles does: scores are worked out from what it deletes.
  await lockScores(sql, customers)
  for (const [customer, game] of games) await settleCustomer(sql, program, customer, game, horizon)
  const openings = await openingsOf(sql, customers)
  const own = openings.get(root)!
  const joined = customers.flatMap((member) => (member === root ? [] : [openings.get(member)!]))
  await writeOpening(sql, {
    ...own,
    state: joined.reduce((all, member) => joinOpenings(all, member.state), own.state),
  })
  return joined.flatMap(({ customerId, state }) => transfers(state, `joined/${customerId}`, 1))
}
