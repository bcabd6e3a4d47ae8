import { z } from 'zod'
import type { Compile } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import type { Event } from '../event.ts'
import { force, rule } from '../term.ts'
import { bounds, boundsOf } from './levels.ts'
import { badge, type Evolution, NOTHING, type RuleLogic } from './rule.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Within a duration, the state keeps each match of it: more would make the game large. */
const MOST_WITHIN = 30

export const streakSchema = z.strictObject({
  ...rule,
  kind: z.literal('streak').describe('So many matching events in a row, or within a time.'),
  ...bounds,
  within: z
    .union(
      [
        z.strictObject({ days: z.number().positive().max(3_660) }),
        z.strictObject({ hours: z.number().positive().max(87_840) }),
      ],
      { error: 'expected { days: 7 } or { hours: 12 }' },
    )
    .optional(),
  consecutive: z
    .boolean()
    .default(true)
    .describe('Whether an event of the type that does not match ends the run.'),
  once: z.boolean().default(false).describe('Each level is given once for ever, not anew in each run.'),
  ...force,
})

export const compileStreak: Compile<typeof streakSchema> = (written, path, compiler) => {
  const levels = boundsOf(written, path, compiler)
  const { within, consecutive, once } = written
  if (!consecutive && within === undefined) {
    const message =
      'matches that need not be consecutive are a streak only within a time: add within: { days: 7 }, or use kind: every'
    compiler.mistake([...path, 'consecutive'], message)
  }
  if (within !== undefined && levels.at(-1)! > MOST_WITHIN) {
    const message = `within a time, a streak has at most ${MOST_WITHIN} matches, got ${levels.at(-1)}: use kind: count for more of them within a calendar period`
    compiler.mistake([...path, written.levels ? 'levels' : 'count'], message)
  }
  const duration = within && Math.round('days' in within ? within.days * DAY : within.hours * HOUR)
  const options = { levels, within: duration ?? null, consecutive, once }
  return streakRule(written.id, written.on, compiler.condition(path, written.when), options)
}

export interface StreakOptions {
  /** How many matches each takes, ascending. */
  readonly levels: readonly number[]
  /** From the first match to the last at most so many ms, both ends included; null for any time. */
  readonly within: number | null
  /** Whether an event of the type that does not match ends the run. */
  readonly consecutive: boolean
  /** Whether each level comes once for ever. */
  readonly once: boolean
}

/** A run of matches: those of them that count for the next level. */
export interface MatchStreak {
  /** 0 where the run is broken. */
  readonly length: number
  /** When the first of them was, Unix ms. */
  readonly startedAt: number
  /** The event that the run's levels are named for: the first match that counted for its first level. */
  readonly start: string
  /** The levels that this run has reached. */
  readonly reached: number
  /** The highest level that any run has reached. */
  readonly level: number
  /** Where matches have to lie within a time: those that do, the earliest first, as time and identity. */
  readonly window?: readonly (readonly [at: number, identity: string])[]
}

/**
 * A badge with levels for consecutive matching events, or for so many of them within a time. A run reaches each
 * level once; it ends where it is broken, where its highest level is reached, and where a time has passed since its
 * last match that they all have to lie within. What runs have reached stays.
 */
export function streakRule(
  id: string,
  on: string,
  when: Expression<boolean>,
  { levels, within, consecutive, once }: StreakOptions,
): RuleLogic<MatchStreak> {
  const highest = levels.at(-1)!
  const broken = (state: MatchStreak): MatchStreak =>
    within === null
      ? { length: 0, startedAt: 0, start: '', reached: 0, level: state.level }
      : { length: 0, startedAt: 0, start: '', reached: 0, level: state.level, window: [] }
  return {
    id,
    on,
    evolve(state, event, scene): Evolution<MatchStreak> {
      if (once && state?.level === levels.length) return { state, grants: NOTHING }
      if (!when(event, scene)) {
        const isBroken = consecutive && state !== undefined && state.length > 0
        return { state: isBroken ? broken(state) : state, grants: NOTHING }
      }
      const run = state === undefined || state.length === highest ? undefined : state
      const next = within === null ? longer(run, event) : slid(run, event, within)
      const level = next.length === levels[next.reached] ? next.reached + 1 : 0
      const before = state?.level ?? 0
      if (level === 0) return { state: { level: before, ...next }, grants: NOTHING }
      const own = { ...next, reached: level, level: Math.max(before, level) }
      if (once && level <= before) return { state: own, grants: NOTHING }
      const { length: matches, start, startedAt } = next
      const occurrence = once ? String(level) : `${start}/${level}`
      return { state: own, grants: [badge(level, occurrence, { matches, startedAt, endedAt: event.at })] }
    },
    level: ({ level }) => level,
  }
}

type Run = Omit<MatchStreak, 'level'>

function longer(run: MatchStreak | undefined, { at, identity }: Event): Run {
  if (run === undefined || run.length === 0) return { length: 1, startedAt: at, start: identity, reached: 0 }
  return { length: run.length + 1, startedAt: run.startedAt, start: run.start, reached: run.reached }
}

/** The run with another match, less those that it lies too far from. */
function slid(run: MatchStreak | undefined, { at, identity }: Event, within: number): Run {
  const kept = (run?.window ?? []).filter(([earlier]) => at - earlier <= within)
  const window = [...kept, [at, identity] as const]
  const [startedAt, first] = window[0]!
  // What a run has reached is known by the match that it began with then, though the window has left that behind.
  const isOpen = run !== undefined && kept.length > 0 && run.reached > 0
  return {
    length: window.length,
    startedAt,
    start: isOpen ? run.start : first,
    reached: isOpen ? run.reached : 0,
    window,
  }
}
