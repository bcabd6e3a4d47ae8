import { z } from 'zod'
import { type PeriodKind, periodKind, periodName, periodNumber } from '../calendar.ts'
import type { Compile } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import { calendarPeriod, force, rule } from '../term.ts'
import { bounds, boundsOf } from './levels.ts'
import { badge, NOTHING, type RuleLogic } from './rule.ts'

export const countSchema = z.strictObject({
  ...rule,
  kind: z.literal('count').describe('So many matching events within a calendar period.'),
  ...bounds,
  per: calendarPeriod,
  ...force,
})

export const compileCount: Compile<typeof countSchema> = (written, path, compiler) =>
  countRule(
    written.id,
    written.on,
    compiler.condition(path, written.when),
    boundsOf(written, path, compiler),
    periodKind(written.per),
  )

/** How many events have matched in the latest period that had one. */
export interface PeriodCount {
  readonly period: number
  readonly matches: number
  /** The highest level ever reached, in any period; 0 for none. */
  readonly level: number
}

/** A badge with levels for so many matching events within a calendar period, each level once a period. */
export function countRule(
  id: string,
  on: string,
  when: Expression<boolean>,
  levels: readonly number[],
  per: PeriodKind,
): RuleLogic<PeriodCount> {
  return {
    id,
    on,
    evolve(state, event, scene) {
      if (!when(event, scene)) return { state, grants: NOTHING }
      const number = periodNumber(per, event.at, scene.zone)
      // Where clocks went back over midnight, a period that has begun goes on.
      const period = state === undefined ? number : Math.max(number, state.period)
      const matches = state?.period === period ? state.matches + 1 : 1
      const level = levels.indexOf(matches) + 1
      const own = { period, matches, level: Math.max(state?.level ?? 0, level) }
      if (level === 0) return { state: own, grants: NOTHING }
      const name = periodName(per, period)
      return { state: own, grants: [badge(level, `${name}/${level}`, { matches, period: name })] }
    },
    level: ({ level }) => level,
  }
}
