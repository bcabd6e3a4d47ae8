import type { Position } from './position.ts'

/**
 * What a rule gave a customer. Its id is rule, customer and occurrence: the same history always gives the
 * same ids, so that two folds can be compared outcome by outcome.
 */
export interface Outcome extends Position {
  readonly kind: 'points' | 'badge' | 'mission' | 'failed'
  readonly rule: string
  /** What makes this one of its rule's outcomes for the customer: the event, the period, or the level. */
  readonly occurrence: string
  /** A badge's level, from 1; 0 for every other kind. */
  readonly level: number
  /** Where `amount` goes; null where nothing is credited. */
  readonly wallet: string | null
  /** Points in ten-thousandths; 0 where nothing is credited. */
  readonly amount: number
  /** The numbers behind it, for explaining it. */
  readonly receipt: Readonly<Record<string, number | string>>
}

/** A customer's total on one board in one period, and where its present height was reached. */
export interface Standing extends Position {
  readonly board: string
  /** The period's name, such as 2026-W48. */
  readonly period: string
  /** Ten-thousandths; zero is unranked. */
  readonly total: number
}
