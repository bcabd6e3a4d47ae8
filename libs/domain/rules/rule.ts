import type { Event } from '../event.ts'
import type { Outcome } from '../outcome.ts'
import type { Zone } from '../zone.ts'

/** What a rule gives by one event, before the fold adds who, where and when. */
export type Grant = Omit<Outcome, 'at' | 'identity' | 'rule'>

/**
 * A rule of the fold. It keeps a state of its own, a plain JSON value that it never changes in place;
 * undefined stands for a customer it has not met.
 */
export interface Rule<State = unknown> {
  readonly id: string
  /** The event type it looks at. */
  readonly on: string
  /**
   * The state after an event of its type, and what that event earns. Pure.
   *
   * @throws Error where a condition cannot be evaluated on this event
   */
  evolve(state: State | undefined, event: Event, zone: Zone): Evolution<State>
}

export interface Evolution<State> {
  readonly state: State | undefined
  readonly grants: readonly Grant[]
}

export const NOTHING: readonly Grant[] = []
