import type { Event } from './event.ts'
import { advance, fold, type GameState } from './fold.ts'
import { canonicalJson } from './json.ts'
import type { Outcome } from './outcome.ts'
import { comparePositions } from './position.ts'
import type { Program } from './program.ts'

/**
 * The events that an outcome rests on, in their order, the one that earned it last: those that moved its rule
 * since the run, the period or the window began that the outcome is of.
 *
 * @param start the game that the history begins at
 */
export function eventsBehind(
  outcome: Outcome,
  start: GameState,
  history: readonly Event[],
  program: Program,
): readonly Event[] {
  return eventsBehindEach([outcome], start, history, program)[0]!
}

/** The events that moved a rule since it last began anew. */
interface Trail {
  readonly rule: string
  /** Whether its outcomes say when their run began, which may have gone over periods. */
  readonly isRun: boolean
  events: Event[]
}

/**
 * What `eventsBehind` finds, of many outcomes of one history, which is folded once.
 *
 * @returns in the order of the outcomes
 */
export function eventsBehindEach(
  outcomes: readonly Outcome[],
  start: GameState,
  history: readonly Event[],
  program: Program,
): readonly (readonly Event[])[] {
  const trails = new Map<string, Trail>()
  const wanted = outcomes.map((outcome, i) => {
    const isRun = outcome.receipt.startedAt !== undefined
    const key = `${isRun} ${outcome.rule}`
    const trail = trails.get(key) ?? { rule: outcome.rule, isRun, events: [] }
    trails.set(key, trail)
    return { outcome, i, trail }
  })
  wanted.sort((a, b) => comparePositions(a.outcome, b.outcome))
  const found: (readonly Event[])[] = []
  let next = 0
  const find = (isDone: (outcome: Outcome) => boolean) => {
    for (; next < wanted.length && isDone(wanted[next]!.outcome); next++) {
      const { outcome, i, trail } = wanted[next]!
      const since = Number(outcome.receipt.startedAt ?? Number.NEGATIVE_INFINITY)
      found[i] = trail.events.filter(({ at }) => at >= since)
    }
  }
  let state = start
  for (const event of history.toSorted(comparePositions)) {
    find((outcome) => comparePositions(event, outcome) > 0)
    if (next === wanted.length) break
    const before = advance(state, event.at, program).state
    // By the whole program: an event that another rule fails on moves none.
    const step = fold(before, event, program)
    for (const trail of trails.values()) {
      const [old, own] = [before.rules[trail.rule], step.state.rules[trail.rule]]
      const hasGiven = step.outcomes.some(({ rule }) => rule === trail.rule)
      if (!hasGiven && (old === own || canonicalJson(old ?? null) === canonicalJson(own ?? null))) continue
      if (startsAnew(old, own, trail.isRun)) trail.events = [event]
      else trail.events.push(event)
    }
    state = step.state
  }
  find(() => true)
  return found
}

/** What the states of rules have in common: a period, or the length of a run, where they have any. */
interface RuleState {
  readonly period?: number
  readonly length?: number
}

function startsAnew(before: unknown, after: unknown, isRun: boolean): boolean {
  if (before === undefined || after === undefined) return true
  const [old, own] = [before as RuleState, after as RuleState]
  return (own.period !== old.period && !isRun) || own.length === 1
}
