import type { Customer } from '../customer.ts'
import type { Event } from '../event.ts'
import type { Force } from '../force.ts'
import type { Loss, Outcome } from '../outcome.ts'
import type { Position } from '../position.ts'
import type { ScoreState } from '../score.ts'
import type { Wallet } from '../wallet.ts'
import type { Zone } from '../zone.ts'

/** What a rule gives by one event, before the fold adds who, where and when. */
export type Grant = Omit<Outcome, 'at' | 'identity' | 'rule'>

/** What a rule sees besides the event: everything as of its position, what the rules before it made of it included. */
export interface Scene {
  readonly zone: Zone
  /** The day buckets of the scores that rules look at, this event included. */
  readonly scores: ScoreState
  /** The value of a score that rules look at. */
  score(id: string): number
  wallet(id: string): Wallet
  /** A wallet without what the rules have made of this event. */
  walletBefore(id: string): Wallet
  /** What a rule keeps of the customer; undefined where it has not met them. */
  state(rule: string): unknown
  /** The level that the customer holds of a rule; 0 for none, and before the rule's beginning. */
  level(rule: string): number
  /**
   * Whether the customer is in a segment.
   *
   * @throws Error where that cannot be evaluated
   */
  segment(id: string): boolean
  /**
   * Who the customer is.
   *
   * @throws Error where the program applies to nobody in particular
   */
  customer(): Customer
}

/**
 * How a rule of the fold works. It keeps a state of its own, a plain JSON value that it never changes in
 * place; undefined stands for a customer it has not met. Pure: time is in the event.
 */
export interface RuleLogic<State = unknown> {
  readonly id: string
  /** The event type it looks at, or several; null for all of them. */
  readonly on: string | readonly string[] | null
  /**
   * The state after an event of its type, and what that event earns. What credits a wallet is granted under
   * one occurrence once and never lost: only outcomes without an amount may be.
   *
   * @throws Error where a condition cannot be evaluated on this event
   */
  evolve(state: State | undefined, event: Event, scene: Scene): Evolution<State>
  /** Whether it only follows a score: it sees every event, also while it is not in force, but gives nothing then. */
  readonly watches?: true
  /** For rules that time alone makes something of. */
  readonly timer?: Timer<State>
  /** The level that a customer in this state holds, from 1; 1 for a mission that was ever completed; 0 for none. */
  level?(state: State): number
  /** For rules whose outcomes a later event can take away: those that it holds in this state. */
  held?(state: State): readonly (Grant & Position)[]
}

export interface Timer<State = unknown> {
  /** When time alone next changes this state, Unix ms, always after what it includes; null where it never does. */
  due(state: State, zone: Zone): number | null
  /** The state once that time has come. Never throws. */
  elapse(state: State, at: number, scene: Scene): Evolution<State>
}

/** A rule with the time it is in force: it looks at no event before `from`, and at none from `until` on. */
export interface Rule<State = unknown> extends RuleLogic<State>, Force {
  /** Whether an event that it cannot be evaluated on counts for the other rules all the same. */
  readonly skipsErrors: boolean
}

export interface Evolution<State> {
  readonly state: State | undefined
  readonly grants: readonly Grant[]
  /** What the event takes away of what this rule gave before. */
  readonly losses?: readonly Omit<Loss, 'at' | 'identity' | 'rule'>[]
  /** What it adds to the customer's total on the board that has the rule's id; ten-thousandths. */
  readonly ranked?: number
}

export const NOTHING: readonly Grant[] = []

/** A grant of a badge's level, which credits nothing. */
export function badge(level: number, occurrence: string, receipt: Outcome['receipt']): Grant {
  return { kind: 'badge', occurrence, level, wallet: null, amount: 0, availableAt: null, receipt }
}
