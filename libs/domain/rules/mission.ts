import { z } from 'zod'
import type { Compile, Compiler, Path } from '../compiler.ts'
import { toDecimal } from '../decimal.ts'
import { expression, force, id, types } from '../term.ts'
import { compileWindow, type MissionWindow, windowSchema } from './mission-window.ts'
import {
  beginning,
  compileObjective,
  isReached,
  moved,
  type Objective,
  type ObjectiveState,
  objectiveSchema,
  ownObjectiveSchema,
  reachedOf,
} from './objective.ts'
import { compileRequirement, type Requirement, requirementSchema } from './requirement.ts'
import { compileRewards, completionGrants, missedGrant, type Rewards, rewardSettings } from './reward.ts'
import { type Grant, NOTHING, type RuleLogic, type Timer } from './rule.ts'

/** An entry of `missions`. */
export const missionSchema = z.strictObject({
  id,
  on: types.optional(),
  when: expression.optional(),
  objective: objectiveSchema
    .optional()
    .describe('What a customer has to reach: a sum, or so many events, days or values, or a streak.'),
  objectives: z
    .array(ownObjectiveSchema)
    .min(1)
    .max(10)
    .optional()
    .describe('Several of them, each with the type of its own events.'),
  need: z
    .enum(['all', 'any'])
    .default('all')
    .describe('Whether all objectives have to be reached, or any of them.'),
  window: windowSchema.describe(
    'Within which time: once, a calendar period, or so many days from an event on.',
  ),
  repeat: z
    .enum(['never', 'window', 'always'])
    .default('window')
    .describe('Whether it can be completed once for ever, once a window, or again and again.'),
  requires: z
    .array(requirementSchema)
    .min(1)
    .max(10)
    .optional()
    .describe('What has to hold of a customer before it looks at their events.'),
  ...rewardSettings,
  tellMissed: z
    .boolean()
    .default(false)
    .describe('Whether the end of a window that was begun and not completed is told.'),
  ...force,
})

type WrittenMission = z.infer<typeof missionSchema>

/** How a mission works, as it is compiled. */
export interface MissionOptions {
  readonly objectives: readonly Objective[]
  /** How many of them complete it. */
  readonly needed: number
  readonly window: MissionWindow
  /** Whether it is completed once for ever, once in each window, or as often as its objectives are reached. */
  readonly repeat: 'never' | 'window' | 'always'
  /** What has to hold of the customer, all of it, before it looks at an event. */
  readonly requires: readonly Requirement[]
  readonly rewards: Rewards
  /**
   * Whether the end of a window that has begun, and in which it was not completed, is told as an outcome of its own:
   * at the first instant after the window.
   */
  readonly tellsMissed: boolean
  /** Whether it keeps in its state that it was completed in an earlier window. */
  readonly remembers: boolean
}

export const compileMission: Compile<typeof missionSchema> = (written, path, compiler) => {
  const options = missionOptions(written, path, compiler)
  compiler.listMission({ id: written.id, ...options })
  return missionRule(written.id, options)
}

function missionOptions(written: WrittenMission, path: Path, compiler: Compiler): MissionOptions {
  const window = compileWindow(written.window, [...path, 'window'], compiler)
  if (written.tellMissed && window.isEndless) {
    const message = 'a mission whose window never ends is never missed: leave tellMissed out'
    compiler.mistake([...path, 'tellMissed'], message)
  }
  const objectives = objectivesOf(written, path, compiler)
  const rewards = compileRewards(written, path, compiler)
  return {
    objectives,
    needed: written.need === 'any' ? 1 : objectives.length,
    window,
    repeat: written.repeat,
    requires: (written.requires ?? []).map((each, i) =>
      compileRequirement(each, written.id, [...path, 'requires', i], compiler),
    ),
    rewards,
    tellsMissed: written.tellMissed,
    remembers: rewards.badges.length > 0 || compiler.isAskedFor(written.id),
  }
}

function objectivesOf(written: WrittenMission, path: Path, compiler: Compiler): Objective[] {
  const { on, when, objective, objectives } = written
  if (objectives === undefined) {
    if (objective === undefined)
      compiler.mistake(path, 'expected an objective such as { count: events, target: 3 }, or objectives')
    if (on === undefined) compiler.mistake(path, 'expected on: the type of the events that it looks at')
    if (objective === undefined || on === undefined) return []
    return [compileObjective(objective, [on].flat(), when, path, compiler)]
  }
  if (objective !== undefined) {
    const message = 'a mission has one objective, or a list of objectives: leave one of the two out'
    compiler.mistake([...path, 'objective'], message)
  }
  for (const name of ['on', 'when'] as const) {
    if (written[name] === undefined) continue
    const message = `each of objectives has its own ${name}: write it there, and leave it out here`
    compiler.mistake([...path, name], message)
  }
  return objectives.map((each, i) =>
    compileObjective(each, [each.on].flat(), each.when, [...path, 'objectives', i], compiler),
  )
}

/** How far the customer came in the latest window that began. */
export interface MissionProgress {
  /** The window's number. */
  readonly period: number
  /**
   * The state of its objective, or a list with that of each where there are several. A sum or a count that is the only
   * objective goes on after completion; nothing else does.
   */
  readonly progress: ObjectiveState | readonly ObjectiveState[]
  /** When it was last completed in this window, Unix ms; null while it is not. */
  readonly completedAt: number | null
  /** Of a mission that is completed again and again: how often in this window, if at all. */
  readonly times?: number
  /** …and when the first match after the last completion was, Unix ms; null before there is one. */
  readonly startedAt?: number | null
  /** Where the mission remembers that: once it was completed in an earlier window. */
  readonly ever?: true
  /** Once it was told that this window closed on the mission. */
  readonly told?: true
}

/** The state of each objective. */
export function statesOf(
  objectives: readonly Objective[],
  { progress }: MissionProgress,
): readonly ObjectiveState[] {
  return objectives.length > 1 ? (progress as readonly ObjectiveState[]) : [progress as ObjectiveState]
}

/** How many objectives are reached. */
export function countReached(objectives: readonly Objective[], states: readonly ObjectiveState[]): number {
  let count = 0
  for (let i = 0; i < objectives.length; i++) if (isReached(objectives[i]!, states[i]!)) count++
  return count
}

/**
 * A mission: objectives to reach within a window. It is completed by the event that reaches the last one it needs, and
 * what a window had does not carry over into the next one, nor what one completion had into another.
 */
export function missionRule(id: string, options: MissionOptions): RuleLogic<MissionProgress> {
  const { objectives, needed, window, repeat, requires, rewards, tellsMissed, remembers } = options
  const isSeveral = objectives.length > 1
  const [first] = objectives
  const goesOn = !isSeveral && repeat === 'window' && (first?.measure === 'sum' || first?.measure === 'count')
  const start = objectives.map(beginning)
  const listOf = (state: MissionProgress) => statesOf(objectives, state)
  const packed = (all: readonly ObjectiveState[]) => (isSeveral ? all : all[0]!)
  const reachedIn = (all: readonly ObjectiveState[]) => countReached(objectives, all)

  const receipt = (all: readonly ObjectiveState[]): Grant['receipt'] => {
    if (!isSeveral) return { progress: reachedOf(first!, all[0]!), target: first!.target }
    const parts = objectives.map((objective, i) => {
      const amounts = [reachedOf(objective, all[i]!), objective.target].map(toDecimal)
      return [`objective${i + 1}`, amounts.join(' of ')]
    })
    return { reached: reachedIn(all), needed, ...Object.fromEntries(parts) }
  }

  /** The state as an event finds it: in the window of the latest one, or in a new one. */
  const begun = (state: MissionProgress | undefined, period: number): MissionProgress => {
    if (state?.period === period) return state
    const fresh = { period, progress: packed(start), completedAt: null }
    const own = repeat === 'always' ? { times: 0, startedAt: null, ...fresh } : fresh
    return remembers && state !== undefined && wasCompleted(state) ? { ever: true, ...own } : own
  }

  /** Whether nothing moves any more: for ever, or until another window begins. */
  const isOver = ({ completedAt, period }: MissionProgress, present: number) =>
    completedAt !== null && (repeat === 'never' || (repeat === 'window' && period === present && !goesOn))

  return {
    id,
    on: [...new Set([...objectives.flatMap((each) => each.types), ...window.types])],
    evolve(state, event, scene) {
      if (!requires.every((holds) => holds(event, scene))) return { state, grants: NOTHING }
      // Loops, and no spreading: this is what most events of a mission come to.
      const matches: (string | null | undefined)[] = []
      let isMatch = false
      for (const objective of objectives) {
        const match = objective.types.includes(event.type) ? objective.match(event, scene) : undefined
        matches.push(match)
        if (match !== undefined && match !== null) isMatch = true
      }
      const period = window.of(event, state?.period, isMatch, scene)
      if (period === null || (state !== undefined && isOver(state, period))) return { state, grants: NOTHING }
      // A window of the calendar begins for the customer with a match: what breaks a streak begins none.
      if (!isMatch && state?.period !== period && window.types.length === 0) return { state, grants: NOTHING }
      const before = begun(state, period)
      const all = listOf(before)
      const progress: ObjectiveState[] = []
      for (let i = 0; i < objectives.length; i++) {
        const objective = objectives[i]!
        const own = all[i]!
        const match = matches[i]
        const standsStill = match === undefined || (!goesOn && isReached(objective, own))
        progress.push(standsStill ? own : moved(objective, own, match, event, scene))
      }
      const { completedAt, times, ever } = before
      const isAgain = times !== undefined
      const startedAt = before.startedAt ?? (isMatch ? event.at : null)
      if ((completedAt !== null && !isAgain) || reachedIn(progress) < needed) {
        const own = stateOf(period, packed(progress), completedAt, ever)
        return { state: isAgain ? { times, startedAt, ...own } : own, grants: NOTHING }
      }
      const details = receipt(progress)
      const isFirst = !wasCompleted(before)
      if (!isAgain) {
        const occurrence = repeat === 'never' ? 'once' : window.name(period)
        return {
          state: stateOf(period, packed(progress), event.at, ever),
          grants: completionGrants(rewards, occurrence, isFirst, details),
        }
      }
      const own = stateOf(period, packed(start), event.at, ever)
      return {
        state: { times: times + 1, startedAt: null, ...own },
        grants: completionGrants(rewards, `${window.name(period)}/${times + 1}`, isFirst, {
          ...details,
          startedAt: startedAt ?? event.at,
        }),
      }
    },
    level: (state) => (wasCompleted(state) ? 1 : 0),
    ...(tellsMissed && {
      timer: closing(window, (state) => missedGrant(window.name(state.period), receipt(listOf(state)))),
    }),
  }
}

function stateOf(
  period: number,
  progress: MissionProgress['progress'],
  completedAt: number | null,
  ever: true | undefined,
): MissionProgress {
  return ever ? { period, progress, completedAt, ever } : { period, progress, completedAt }
}

function wasCompleted({ completedAt, ever }: MissionProgress): boolean {
  return completedAt !== null || ever === true
}

/** What the end of a window makes of one that is not completed. */
function closing(window: MissionWindow, missed: (state: MissionProgress) => Grant): Timer<MissionProgress> {
  return {
    due({ period, completedAt, told }, zone) {
      const end = window.end(period, zone)
      return completedAt !== null || told || end === Number.POSITIVE_INFINITY ? null : end
    },
    elapse: (state) => ({ state: { ...state, told: true }, grants: [missed(state)] }),
  }
}
