import { toDecimal } from '../decimal.ts'
import type { Zone } from '../zone.ts'
import { countReached, type MissionOptions, type MissionProgress, statesOf } from './mission.ts'
import { beginning, type ObjectiveState, reachedOf } from './objective.ts'

/** A mission as a customer's profile lists it. */
export interface Mission
  extends Pick<MissionOptions, 'objectives' | 'needed' | 'window' | 'repeat' | 'rewards' | 'remembers'> {
  readonly id: string
}

/** How far something has come, in the event's own unit, or in events, days, values, or objectives. */
interface Progress {
  readonly progress: number
  readonly target: number
}

/** A mission in the window of an instant: the progress of its objective, or how many of several are reached. */
export interface MissionStatus extends Progress {
  readonly rule: string
  /** The name of the window; null where there is but one for ever, or none that has begun. */
  readonly period: string | null
  /** The first instant after the window, ISO 8601; null where it has no end, or has not begun. */
  readonly endsAt: string | null
  /** When it was last completed in this window, ISO 8601. */
  readonly completedAt: string | null
  /** How often it was completed, in all windows. */
  readonly completions: number
  readonly objectives: readonly Progress[]
}

/**
 * A mission as of an instant that the game has not gone beyond. One that is completed once for ever is shown in the
 * window in which it was.
 *
 * @param state what the mission keeps of the customer; undefined where it has not met them
 * @param instant Unix ms
 */
export function statusAt(
  { id, objectives, needed, window, repeat }: Mission,
  state: MissionProgress | undefined,
  completions: number,
  instant: number,
  zone: Zone,
): MissionStatus {
  const isDone = repeat === 'never' && typeof state?.completedAt === 'number'
  const number = isDone ? state.period : window.at(instant, state?.period, zone)
  const present = state !== undefined && state.period === number ? state : undefined
  const states = present ? statesOf(objectives, present) : objectives.map(beginning)
  const each = objectives.map(
    (objective, i): Progress => ({
      progress: toDecimal(reachedOf(objective, states[i]!)),
      target: toDecimal(objective.target),
    }),
  )
  const whole = each.length === 1 ? each[0]! : { progress: countReached(objectives, states), target: needed }
  const hasWindow = number !== null && !window.isEndless
  return {
    rule: id,
    period: hasWindow ? window.name(number) : null,
    endsAt: hasWindow ? new Date(window.end(number, zone)).toISOString() : null,
    ...whole,
    completedAt:
      typeof present?.completedAt === 'number' ? new Date(present.completedAt).toISOString() : null,
    completions,
    objectives: each,
  }
}

/**
 * The states of rules without the texts of events that missions keep, to tell one value from another. How many there
 * were stays; which ones, no event can be compared with any more.
 */
export function withoutValues(
  rules: Readonly<Record<string, unknown>>,
  { missions }: { readonly missions: readonly Pick<Mission, 'id' | 'objectives'>[] },
): Readonly<Record<string, unknown>> {
  const bared = { ...rules }
  for (const { id, objectives } of missions) {
    const state = rules[id] as MissionProgress | undefined
    if (state === undefined || !objectives.some(({ measure }) => measure === 'distinct')) continue
    const all = statesOf(objectives, state).map((each, i): ObjectiveState => {
      return objectives[i]!.measure === 'distinct' ? (each as readonly string[]).map((_, j) => `${j}`) : each
    })
    bared[id] = { ...state, progress: objectives.length > 1 ? all : all[0]! }
  }
  return bared
}
