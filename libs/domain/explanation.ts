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
  const since = Number(outcome.receipt.startedAt ?? Number.NEGATIVE_INFINITY)
  const isRun = outcome.receipt.startedAt !== undefined
  let state = start
  let behind: Event[] = []
  for (const event of history.toSorted(comparePositions)) {
    if (comparePositions(event, outcome) > 0) break
    const before = advance(state, event.at, program).state
    // By the whole program: an event that another rule fails on moves none.
    const step = fold(before, event, program)
    const [old, own] = [before.rules[outcome.rule], step.state.rules[outcome.rule]]
    const hasGiven = step.outcomes.some(({ rule }) => rule === outcome.rule)
    if (hasGiven || canonicalJson(old ?? null) !== canonicalJson(own ?? null)) {
      behind = startsAnew(old, own, isRun) ? [event] : [...behind, event]
    }
    state = step.state
  }
  return behind.filter(({ at }) => at >= since)
}

/** What the states of rules have in common: a period, or the length of a run, where they have any. */
interface RuleState {
  readonly period?: number
  readonly length?: number
}

/** @param isRun whether the outcome says when its run began, which may have gone over periods */
function startsAnew(before: unknown, after: unknown, isRun: boolean): boolean {
  if (before === undefined || after === undefined) return true
  const [old, own] = [before as RuleState, after as RuleState]
  return (own.period !== old.period && !isRun) || own.length === 1
}
