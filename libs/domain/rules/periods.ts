import { z } from 'zod'
import { type PeriodKind, periodKind, periodName, periodNumber, periodsBetween } from '../calendar.ts'
import type { Compile } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import { SCALE, scaled } from '../decimal.ts'
import type { Position } from '../position.ts'
import { amount, calendarPeriod, force, levels, rule } from '../term.ts'
import { badge, type Evolution, type Grant, NOTHING, type RuleLogic } from './rule.ts'

/** The state keeps each of the latest periods that counts: more would make the game large. */
const MOST_WITHIN = 60

export const periodsSchema = z.strictObject({
  ...rule,
  kind: z
    .literal('periods')
    .describe('Consecutive calendar periods, or so many of the latest, that each come to something.'),
  per: calendarPeriod,
  count: z
    .int()
    .min(1)
    .max(1_000_000)
    .describe('How many events make a period count; 1 unless it is said.')
    .optional(),
  sum: amount.optional(),
  levels: levels(z.int().min(1).max(10_000)),
  consecutive: z
    .boolean()
    .default(true)
    .describe('Whether a period that does not come to it ends the run; where it does not, add within.'),
  within: z
    .int()
    .min(1)
    .max(MOST_WITHIN)
    .describe('How many of the latest periods count, where they need not be consecutive.')
    .optional(),
  freezes: z
    .int()
    .min(0)
    .max(MOST_WITHIN)
    .default(0)
    .describe('How many periods without are forgiven in a run.'),
  once: z.boolean().default(false).describe('Each level is given once for ever, not anew in each run.'),
  ...force,
})

export const compilePeriods: Compile<typeof periodsSchema> = (written, path, compiler) => {
  const { count, sum, levels, consecutive, within, freezes, once } = written
  if (count !== undefined && sum !== undefined)
    compiler.mistake([...path, 'sum'], 'a period counts its events or sums them up: leave count or sum out')
  if (!consecutive && within === undefined) {
    const message = 'periods that need not be consecutive are so many of the last ones: add within: 6'
    compiler.mistake([...path, 'consecutive'], message)
  }
  if (consecutive && within !== undefined) {
    const message =
      'within belongs to periods that need not be consecutive: add consecutive: false, or leave it out'
    compiler.mistake([...path, 'within'], message)
  }
  if (!consecutive && freezes > 0) {
    const message = 'freezes belong to consecutive periods: leave freezes out, or consecutive: false'
    compiler.mistake([...path, 'freezes'], message)
  }
  if (within !== undefined && within < levels.at(-1)!) {
    const message = `${within} periods cannot hold ${levels.at(-1)} of them: expected within to be at least the highest level`
    compiler.mistake([...path, 'within'], message)
  }
  return periodsRule(written.id, written.on, compiler.condition(path, written.when), {
    per: periodKind(written.per),
    measure: sum === undefined ? 'count' : 'sum',
    threshold: sum === undefined ? (count ?? 1) * SCALE : scaled(sum),
    levels,
    within: consecutive ? null : (within ?? MOST_WITHIN),
    freezes,
    once,
  })
}

export interface PeriodsOptions {
  readonly per: PeriodKind
  readonly measure: 'count' | 'sum'
  /** What a period has to come to at least: ten-thousandths of the summed value, or of one for each event. */
  readonly threshold: number
  /** How many periods each takes, ascending. */
  readonly levels: readonly number[]
  /** Of how many latest periods they have to be; null where they have to be consecutive. */
  readonly within: number | null
  /** How many periods without are forgiven in a run of consecutive ones. */
  readonly freezes: number
  /** Whether each level comes once for ever. */
  readonly once: boolean
}

/** The latest period that had a match, and the run of those before it. */
export interface PeriodRun {
  readonly period: number
  /** Its first match, Unix ms. */
  readonly startedAt: number
  /** What it has come to, as the threshold is. */
  readonly amount: number
  /** Where it came to the threshold, and to how much there; null while it has not. */
  readonly met: (Position & { readonly amount: number }) | null
  readonly run: Run | null
  /** The highest level that any period before it has reached; 0 for none. */
  readonly level: number
}

/** Periods that have come to the threshold, and count together. */
interface Run {
  /** The period that the run's levels are named for: the first that counted for its first level. */
  readonly start: number
  /** The first that counts at present, and its first match, Unix ms. */
  readonly first: readonly [period: number, startedAt: number]
  readonly length: number
  /** The levels that the run has reached. */
  readonly reached: number
  /** How many periods without it has been forgiven. */
  readonly frozen: number
  /** Where they need not be consecutive: all that count at present, the earliest first. */
  readonly window?: readonly (readonly [period: number, startedAt: number])[]
}

/**
 * A badge with levels for so many consecutive calendar periods, or so many of the latest ones, each of which comes to
 * a threshold. A run reaches each level once, by the event that brings its latest period to the threshold; it ends
 * with a period without, and once its highest level is reached. Where values are summed up, a sum that falls below
 * the threshold again takes a level back before its period ends; afterwards it stays.
 */
export function periodsRule(
  id: string,
  on: string,
  when: Expression<boolean>,
  options: PeriodsOptions,
): RuleLogic<PeriodRun> {
  const { per, measure, threshold, levels, once } = options

  /** The level that the latest period reaches once it comes to the threshold; 0 for none. */
  const levelAt = ({ run }: PeriodRun): number => {
    const reached = run?.reached ?? 0
    return (run?.length ?? 0) + 1 === levels[reached] ? reached + 1 : 0
  }
  const highestOf = (state: PeriodRun): number =>
    state.met === null ? state.level : Math.max(state.level, levelAt(state))
  /** The level that is given when the latest period comes to the threshold. */
  const given = (state: PeriodRun): number => {
    const level = levelAt(state)
    return once && level <= state.level ? 0 : level
  }
  const occurrence = ({ run, period }: PeriodRun, level: number): string =>
    once ? String(level) : `${periodName(per, run?.start ?? period)}/${level}`
  const receipt = (amount: number) =>
    measure === 'sum'
      ? { sum: amount, target: threshold }
      : { matches: amount / SCALE, needed: threshold / SCALE }
  const grant = (state: PeriodRun, level: number, { at, amount }: { at: number; amount: number }): Grant => {
    const [first, startedAt] = state.run?.first ?? [state.period, state.startedAt]
    return badge(level, occurrence(state, level), {
      periods: levels[level - 1]!,
      firstPeriod: periodName(per, first),
      lastPeriod: periodName(per, state.period),
      startedAt,
      endedAt: at,
      ...receipt(amount),
    })
  }

  /** The state as a match finds it: in the period of the latest one, or in a new one. */
  const begun = (state: PeriodRun | undefined, period: number, at: number): PeriodRun => {
    if (state?.period === period) return state
    const run = state === undefined ? null : closed(state, period, options)
    const level = state === undefined ? 0 : highestOf(state)
    return { period, startedAt: at, amount: 0, met: null, run, level }
  }

  return {
    id,
    on,
    evolve(state, event, scene): Evolution<PeriodRun> {
      if (!when(event, scene)) return { state, grants: NOTHING }
      const { at, identity } = event
      const number = periodNumber(per, at, scene.zone)
      // Where clocks went back over midnight, a period that has begun goes on.
      const before = begun(state, state === undefined ? number : Math.max(number, state.period), at)
      if (once && before.level === levels.length) return { state, grants: NOTHING }
      const amount = before.amount + (measure === 'sum' ? (event.value ?? 0) : SCALE)
      const isMet = amount >= threshold
      if (isMet === (before.met !== null))
        return { state: moved(before, amount, before.met), grants: NOTHING }
      const change = given(before)
      if (isMet) {
        const met = { at, identity, amount }
        return {
          state: moved(before, amount, met),
          grants: change === 0 ? NOTHING : [grant(before, change, met)],
        }
      }
      const losses = [{ occurrence: occurrence(before, change), receipt: receipt(amount) }]
      return { state: moved(before, amount, null), grants: NOTHING, losses: change === 0 ? [] : losses }
    },
    level: highestOf,
    ...(measure === 'sum' && {
      held(state) {
        const level = given(state)
        if (state.met === null || level === 0) return []
        const { at, identity } = state.met
        return [{ ...grant(state, level, state.met), at, identity }]
      },
    }),
  }
}

function moved(
  { period, startedAt, run, level }: PeriodRun,
  amount: number,
  met: PeriodRun['met'],
): PeriodRun {
  return { period, startedAt, amount, met, run, level }
}

/** The run that a later period finds, once the latest one has ended; null where none goes on to there. */
function closed(state: PeriodRun, next: number, options: PeriodsOptions): Run | null {
  const { per, levels, within, freezes } = options
  const { period, met } = state
  const run = met === null ? state.run : joined(state, options)
  if (run === null || run.length === levels.at(-1)) return null
  const { start, first, length, reached, frozen } = run
  if (within === null) {
    const without = periodsBetween(per, period, next) - (met === null ? 0 : 1)
    return frozen + without > freezes ? null : { start, first, length, reached, frozen: frozen + without }
  }
  const window = run.window!.filter(([each]) => periodsBetween(per, each, next) < within)
  if (window.length === 0) return null
  const [earliest] = window as [(typeof window)[0]]
  // What a run has reached is known by the period that it began with then, though the window has left that behind.
  return {
    start: reached > 0 ? start : earliest[0],
    first: earliest,
    length: window.length,
    reached,
    frozen,
    window,
  }
}

/** The run with the latest period, which has come to the threshold. */
function joined({ period, startedAt, run }: PeriodRun, { levels, within }: PeriodsOptions): Run {
  const length = (run?.length ?? 0) + 1
  const before = run?.reached ?? 0
  const own = [period, startedAt] as const
  const joint = {
    start: run?.start ?? period,
    first: run?.first ?? own,
    length,
    reached: length === levels[before] ? before + 1 : before,
    frozen: run?.frozen ?? 0,
  }
  return within === null ? joint : { window: [...(run?.window ?? []), own], ...joint }
}
