import { standingsAt } from './board.ts'
import { afterwards, type Correction, correct, correctStandings, type Recorded } from './correction.ts'
import type { Event } from './event.ts'
import { advanceToDue, foldAll, type GameState, heldOutcomes, NEW_GAME, type Step } from './fold.ts'
import { type Loss, type Outcome, outcomeKey, type Standing, standingKey } from './outcome.ts'
import { isBefore, type Position } from './position.ts'
import type { Program } from './program.ts'

/** What is to be written of a customer: all of it, or nothing. */
export interface Change extends Correction {
  readonly state: GameState
  /** What later events took away, where it is not known what was recorded of it. */
  readonly losses: readonly Loss[]
  /** Totals that are new or differ. */
  readonly standings: readonly Standing[]
  /** Checkpoints to be kept, in the place of all after `since`. */
  readonly checkpoints: readonly GameState[]
  /** Where folding began; null for the beginning. */
  readonly since: Position | null
  /** Outcomes of events that a rule could not be evaluated on. */
  readonly failed: readonly Outcome[]
}

/**
 * The usual case: events that come after everything the game includes, or time alone.
 *
 * @param until Unix ms that the game is to have come to; undefined to stay at the last event
 */
export function extend(state: GameState, events: readonly Event[], program: Program, until?: number): Change {
  return changeBy(foldAll(state, events, program, until), state)
}

/**
 * What time alone brings about up to an instant; undefined where that is nothing. The game stops at the last thing that was
 * due: an event that comes after it is not late, though it may lie before the instant.
 *
 * @param time Unix ms
 */
export function elapse(state: GameState, time: number, program: Program): Change | undefined {
  if (state.due === null || state.due > time) return undefined
  return changeBy(advanceToDue(state, time, program), state)
}

function changeBy({ state, outcomes, losses, standings, checkpoints }: Step, before: GameState): Change {
  const [failed, earned] = split(outcomes)
  const { changed, postings } = correct([], earned)
  // Field by field: nearly every event comes this way, and spreading costs as much as folding it.
  return { changed, postings, state, losses, standings, checkpoints, since: before.position, failed }
}

/** What is recorded of a customer after a start. */
export interface Recording {
  /** The checkpoint that folding is to begin at, or a new game. */
  readonly start: GameState
  /** The position that the stored game has come to: it never goes back. */
  readonly reached: Position | null
  /** Outcomes after the start, and those among `heldKeys`. */
  readonly awards: readonly Recorded[]
  /** Totals that were reached after the start, and those that the start knows. */
  readonly standings: readonly Standing[]
}

/**
 * The one way back in, for everything that changes the past: folds again from a start on, and finds the least
 * that turns what is recorded into what is right.
 *
 * @param events all that count after the start, in any order, each identity once
 */
export function refold(
  { start, reached, awards, standings }: Recording,
  events: readonly Event[],
  program: Program,
): Change {
  const step = foldAll(start, events, program, reached?.at)
  const [failed, earned] = split(step.outcomes)
  const found = afterwards(heldOutcomes(start, program), { outcomes: earned, losses: step.losses })
  const totals = new Map(
    [...standingsAt(start, program), ...step.standings].map((each) => [standingKey(each), each]),
  )
  return {
    ...correct(awards, found),
    state: step.state,
    losses: [],
    standings: correctStandings(standings, [...totals.values()]),
    checkpoints: step.checkpoints,
    since: start.position,
    failed,
  }
}

/**
 * Where folding has to begin again: at the earliest of the events that came late and of those undone.
 *
 * @param reached the position that the game has come to
 * @param undone events that the game may include and that count no more
 * @returns undefined where every event comes after what the game includes
 */
export function earliestChange(
  reached: Position | null,
  events: readonly Position[],
  undone: readonly Position[],
): Position | undefined {
  return [...events.filter((event) => isBefore(event, reached)), ...undone].reduce<Position | undefined>(
    (first, each) => (first === undefined || isBefore(each, first) ? each : first),
    undefined,
  )
}

/** The nearest checkpoint before a position, to fold again from; a new game where there is none. */
export function startBefore(checkpoints: readonly GameState[], from: Position | null): GameState {
  return checkpoints.reduce<GameState>(
    (best, each) => (isBefore(each.position, from) && isBefore(best.position, each.position) ? each : best),
    NEW_GAME,
  )
}

/** The keys of recorded outcomes that a refold has to know besides those after its start. */
export function heldKeys(start: GameState, program: Program): ReadonlySet<string> {
  return new Set(heldOutcomes(start, program).map(outcomeKey))
}

function split(outcomes: readonly Outcome[]): [failed: readonly Outcome[], earned: readonly Outcome[]] {
  if (!outcomes.some(({ kind }) => kind === 'failed')) return [[], outcomes]
  return [outcomes.filter(({ kind }) => kind === 'failed'), outcomes.filter(({ kind }) => kind !== 'failed')]
}
