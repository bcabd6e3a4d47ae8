import { z } from 'zod'
import type { Compile } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import { force, levels, rule } from '../term.ts'
import type { Zone } from '../zone.ts'
import { badge, NOTHING, type RuleLogic } from './rule.ts'

export const dayStreakSchema = z.strictObject({
  ...rule,
  kind: z.literal('day-streak').describe('Consecutive local days with a matching event.'),
  levels: levels(z.int().min(1)),
  ...force,
})

export const compileDayStreak: Compile<typeof dayStreakSchema> = (written, path, compiler) =>
  dayStreakRule(written.id, written.on, compiler.condition(path, written.when), written.levels)

/** The run of consecutive local days that the latest matching event belongs to. */
export interface Streak {
  /** Its last day, as days since 1970-01-01. */
  readonly last: number
  readonly length: number
  /** The highest level ever reached, 0 for none. */
  readonly level: number
}

/**
 * A badge with levels for consecutive local days that have a matching event. A day without one ends the
 * run. Each level is given once for ever, by the event that brings a run to its length.
 */
export function dayStreakRule(
  id: string,
  on: string,
  when: Expression<boolean>,
  levels: readonly number[],
): RuleLogic<Streak> {
  return {
    id,
    on,
    evolve(state, event, scene) {
      if (!when(event, scene)) return { state, grants: NOTHING }
      const day = scene.zone.day(event.at)
      if (state?.last === day) return { state, grants: NOTHING }
      const length = state?.last === day - 1 ? state.length + 1 : 1
      const level = state?.level ?? 0
      if (length !== levels[level]) return { state: { last: day, length, level }, grants: NOTHING }
      const grant = badge(level + 1, String(level + 1), { days: length, lastDay: day })
      return { state: { last: day, length, level: level + 1 }, grants: [grant] }
    },
    level: ({ level }) => level,
  }
}

/** The run's length as people see it at an instant: over once a whole local day has passed without a match. */
export function currentLength(streak: Streak | undefined, instant: number, zone: Zone): number {
  return streak && streak.last >= zone.day(instant) - 1 ? streak.length : 0
}
