import { type PeriodKind, periodName, periodNumber } from '../calendar.ts'
import type { Expression } from '../condition.ts'
import { SCALE } from '../decimal.ts'
import { NOTHING, type Rule } from './rule.ts'

/** How far the customer came in one window. */
export interface MissionWindow {
  readonly period: number
  /** Ten-thousandths of the summed value, or of one for each counted event; goes on after completion. */
  readonly progress: number
  /** When it was completed, Unix ms; null while it is not. */
  readonly completedAt: number | null
}

/** The latest window that had a matching event, and the one before: an event may lie up to a day ahead. */
export interface MissionProgress extends MissionWindow {
  readonly previous: MissionWindow | null
}

export interface MissionReward {
  readonly wallet: string
  /** Ten-thousandths. */
  readonly amount: number
}

/**
 * A mission: a sum or a count to reach within a window, anew in each. It is completed by the event that
 * reaches the target, once a window.
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
): Rule<MissionProgress> {
  return {
    id,
    on,
    evolve(state, event, zone) {
      if (!when(event)) return { state, grants: NOTHING }
      const period = periodNumber(window, event.at, zone)
      const isSame = state?.period === period
      const before = isSame ? state : { progress: 0, completedAt: null }
      const previous = isSame || !state ? (state?.previous ?? null) : withoutPrevious(state)
      const progress = before.progress + (measure === 'sum' ? (event.value ?? 0) : SCALE)
      if (before.completedAt !== null || progress < target) {
        return { state: { period, progress, completedAt: before.completedAt, previous }, grants: NOTHING }
      }
      return {
        state: { period, progress, completedAt: event.at, previous },
        grants: [
          {
            kind: 'mission',
            occurrence: periodName(window, period),
            level: 0,
            wallet: reward?.wallet ?? null,
            amount: reward?.amount ?? 0,
            receipt: { progress, target },
          },
        ],
      }
    },
  }
}

function withoutPrevious({ period, progress, completedAt }: MissionProgress): MissionWindow {
  return { period, progress, completedAt }
}

/** How far the customer came in a window; undefined where nothing counted in it. */
export function progressIn(state: MissionProgress | undefined, period: number): MissionWindow | undefined {
  return state?.period === period ? state : state?.previous?.period === period ? state.previous : undefined
}
