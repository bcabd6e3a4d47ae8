import { z } from 'zod'
import { type PeriodKind, periodKind, periodName, periodNumber } from '../calendar.ts'
import type { Compile } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import { scaled } from '../decimal.ts'
import type { Position } from '../position.ts'
import { amount, force, levels, periodOrAll, rule } from '../term.ts'
import { badge, type Evolution, type Grant, NOTHING, type RuleLogic } from './rule.ts'

export const sumSchema = z.strictObject({
  ...rule,
  kind: z.literal('sum').describe('Values that sum up to a level within a period.'),
  levels: levels(amount),
  per: periodOrAll.default('all'),
  only: z.literal('positive').describe('Leaves values below zero out.').optional(),
  follow: z
    .boolean()
    .default(false)
    .describe('A level is lost when the sum falls below it before its period ends.'),
  ...force,
})

export const compileSum: Compile<typeof sumSchema> = (written, path, compiler) =>
  sumRule(written.id, written.on, compiler.condition(path, written.when), {
    levels: written.levels.map(scaled),
    per: periodKind(written.per),
    onlyPositive: written.only === 'positive',
    follow: written.follow,
  })

/** How far the running sum of the latest period has come. */
export interface RunningSum {
  readonly period: number
  /** Ten-thousandths. */
  readonly sum: number
  /** For each level reached in the period, from the first: where, and at which sum. */
  readonly reached: readonly (Position & { readonly sum: number })[]
}

export interface SumOptions {
  /** Ten-thousandths, ascending. */
  readonly levels: readonly number[]
  /** The period within which values are summed up; each has levels of its own. */
  readonly per: PeriodKind
  /** Whether values below zero count. */
  readonly onlyPositive: boolean
  /** Whether a level is lost when the sum falls below it again before its period ends. */
  readonly follow: boolean
}

/**
 * A badge with levels for the running sum of values within a period. A level is reached at or over its bound,
 * several at once where one value reaches them. What was reached stays when the period ends; before, it is
 * lost when the sum falls below its bound, but only where the rule follows the sum. The level that its state tells
 * is that of the latest period in which a value came.
 */
export function sumRule(
  id: string,
  on: string,
  when: Expression<boolean>,
  { levels, per, onlyPositive, follow }: SumOptions,
): RuleLogic<RunningSum> {
  const occurrence = (level: number, period: number) =>
    per === 'all' ? String(level) : `${periodName(per, period)}/${level}`
  const grant = (level: number, period: number, sum: number): Grant =>
    badge(level, occurrence(level, period), { sum, target: levels[level - 1]! })
  return {
    id,
    on,
    evolve(state, event, scene): Evolution<RunningSum> {
      if (!when(event, scene)) return { state, grants: NOTHING }
      const value = event.value ?? 0
      const period = periodNumber(per, event.at, scene.zone)
      const before = state?.period === period ? state : { sum: 0, reached: [] }
      const sum = before.sum + (onlyPositive ? Math.max(0, value) : value)
      const height = levels.findLastIndex((bound) => sum >= bound) + 1
      const kept = follow ? before.reached.slice(0, height) : before.reached
      const gained = levels
        .slice(kept.length, height)
        .map(() => ({ at: event.at, identity: event.identity, sum }))
      return {
        state: { period, sum, reached: [...kept, ...gained] },
        grants: gained.map((_, i) => grant(kept.length + i + 1, period, sum)),
        losses: before.reached.slice(kept.length).map((_, i) => ({
          occurrence: occurrence(kept.length + i + 1, period),
          receipt: { sum, target: levels[kept.length + i]! },
        })),
      }
    },
    level: ({ reached }) => reached.length,
    held: ({ period, reached }) =>
      reached.map(({ at, identity, sum }, i) => ({ ...grant(i + 1, period, sum), at, identity })),
  }
}
