import { z } from 'zod'
import { type PeriodKind, periodEnd, periodName, periodNumber } from '../calendar.ts'
import type { Compile } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import { SCALE, scaled } from '../decimal.ts'
import { amount, force, id, rule } from '../term.ts'
import { type Grant, NOTHING, type RuleLogic, type Timer } from './rule.ts'

/** An entry of `missions`. */
export const missionSchema = z.strictObject({
  ...rule,
  objective: z.union(
    [
      z.strictObject({ sum: z.literal('value'), target: z.number().positive() }),
      z.strictObject({ count: z.literal('events'), target: z.int().positive() }),
    ],
    { error: 'expected { sum: value, target: 5120 } or { count: events, target: 3 }' },
  ),
  window: z.enum(['day', 'week', 'month', 'once']),
  reward: z.strictObject({ wallet: id, amount }).optional(),
  tellMissed: z.boolean().default(false),
  ...force,
})

export const compileMission: Compile<typeof missionSchema> = (written, path, compiler) => {
  if (written.tellMissed && written.window === 'once') {
    const message = 'a mission whose window never ends is never missed: leave tellMissed out'
    compiler.mistake([...path, 'tellMissed'], message)
  }
  return missionRule(
    written.id,
    written.on,
    compiler.condition(path, written.when),
    'sum' in written.objective ? 'sum' : 'count',
    scaled(written.objective.target),
    written.window,
    written.reward && { wallet: written.reward.wallet, amount: scaled(written.reward.amount) },
    written.tellMissed,
  )
}

/** How far the customer came in the latest window that had a matching event. */
export interface MissionProgress {
  readonly period: number
  /** Ten-thousandths of the summed value, or of one for each counted event; goes on after completion. */
  readonly progress: number
  /** When it was completed, Unix ms; null while it is not. */
  readonly completedAt: number | null
  /** Once it was told that this window closed on the mission. */
  readonly told?: true
}

export interface MissionReward {
  readonly wallet: string
  /** Ten-thousandths. */
  readonly amount: number
}

/**
 * A mission: a sum or a count to reach within a window, anew in each. It is completed by the event that
 * reaches the target, once a window.
 *
 * @param tellsMissed whether the end of a window that had matching events, and was not completed, is told as
 *   an outcome of its own: at the first instant after the window
 */
export function missionRule(
  id: string,
  on: string,
  when: Expression<boolean>,
  measure: 'count' | 'sum',
  /** Ten-thousandths. */
  target: number,
  window: PeriodKind,
  reward: MissionReward | undefined,
  tellsMissed: boolean,
): RuleLogic<MissionProgress> {
  const grant = (kind: 'mission' | 'missed', period: number, progress: number): Grant => ({
    kind,
    occurrence: periodName(window, period),
    level: 0,
    wallet: kind === 'mission' ? (reward?.wallet ?? null) : null,
    amount: kind === 'mission' ? (reward?.amount ?? 0) : 0,
    availableAt: null,
    receipt: { progress, target },
  })
  return {
    id,
    on,
    evolve(state, event, scene) {
      if (!when(event, scene)) return { state, grants: NOTHING }
      const period = periodNumber(window, event.at, scene.zone)
      const isSame = state?.period === period
      const before = isSame ? state : { progress: 0, completedAt: null }
      const progress = before.progress + (measure === 'sum' ? (event.value ?? 0) : SCALE)
      if (before.completedAt !== null || progress < target) {
        return { state: { period, progress, completedAt: before.completedAt }, grants: NOTHING }
      }
      return {
        state: { period, progress, completedAt: event.at },
        grants: [grant('mission', period, progress)],
      }
    },
    ...(tellsMissed && { timer: closing(window, grant) }),
  }
}

/** What the end of a window makes of one that is not completed. */
function closing(
  window: PeriodKind,
  grant: (kind: 'missed', period: number, progress: number) => Grant,
): Timer<MissionProgress> {
  return {
    due({ period, completedAt, told }, zone) {
      const end = periodEnd(window, period, zone)
      return completedAt !== null || told || end === Number.POSITIVE_INFINITY ? null : end
    },
    elapse: (state) => ({
      state: { ...state, told: true },
      grants: [grant('missed', state.period, state.progress)],
    }),
  }
}
