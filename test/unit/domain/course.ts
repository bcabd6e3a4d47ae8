import type { Event } from '#domain/event.ts'
import type { RuleLogic } from '#domain/rules/rule.ts'
import { SCENE } from './telco.ts'

/** How a rule went over events in their order, each onto what is stored as text of the one before. */
export interface Course<State> {
  /** What each event wins (+) and loses (-), by occurrence; the so-many-th event, from 1, stands as #n. */
  readonly steps: readonly string[]
  /** The level held after each event. */
  readonly levels: readonly number[]
  readonly receipts: readonly unknown[]
  readonly state: State | undefined
}

export function course<State>(rule: RuleLogic<State>, events: readonly Event[]): Course<State> {
  let state: State | undefined
  const [steps, levels, receipts]: [string[], number[], unknown[]] = [[], [], []]
  for (const each of events) {
    const evolution = rule.evolve(state, each, SCENE)
    state = evolution.state === undefined ? undefined : JSON.parse(JSON.stringify(evolution.state))
    const won = evolution.grants.map(({ occurrence }) => `+${occurrence}`)
    const lost = (evolution.losses ?? []).map(({ occurrence }) => `-${occurrence}`)
    steps.push([...won, ...lost].join(' '))
    levels.push(state === undefined ? 0 : rule.level!(state))
    receipts.push(...evolution.grants.map(({ receipt }) => receipt))
  }
  const named = events.reduce(
    (all, { identity }, i) => all.map((step) => step.replaceAll(identity, `#${i + 1}`)),
    steps,
  )
  return { steps: named, levels, receipts, state }
}
