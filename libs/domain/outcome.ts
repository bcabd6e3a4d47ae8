import type { Position } from './position.ts'

/**
 * What a rule gave a customer, or what became of a wallet. Its id is rule, customer and occurrence: the same
 * history always gives the same ids, so that two folds can be compared outcome by outcome.
 *
 * `points`, `badge` and `mission` are earned; `bundle` is what somebody else is to give, and is told to; `tier` is a
 * change of the level that a customer holds, up or down; `missed` is a mission whose window closed; `entry` stands
 * among those who may win a challenge; `matured` are pending
 * points that can be spent from now on, `expired` those that no longer can; `spent` and `adjusted` are facts
 * that somebody decided; `failed` is an event that a rule could not be evaluated on.
 */
export interface Outcome extends Position {
  readonly kind: OutcomeKind
  /** The rule; for what happens to a wallet by itself or by hand, the wallet. */
  readonly rule: string
  /** What makes this one of its rule's outcomes for the customer: the event, the period, the day, or the level. */
  readonly occurrence: string
  /** A badge's level, from 1; the level of a tier that is held from then on, 0 for none; 0 for every other kind. */
  readonly level: number
  /** Where `amount` goes; null where nothing is credited. */
  readonly wallet: string | null
  /** Points in ten-thousandths, negative where they leave the wallet; 0 where nothing is credited. */
  readonly amount: number
  /** Unix ms: until then an earned amount is pending, and the balance has nothing of it. Null: at once. */
  readonly availableAt: number | null
  /** The numbers behind it, for explaining it. */
  readonly receipt: Receipt
}

export type OutcomeKind =
  | 'points'
  | 'badge'
  | 'mission'
  | 'bundle'
  | 'tier'
  | 'missed'
  | 'entry'
  | 'matured'
  | 'expired'
  | 'spent'
  | 'adjusted'
  | 'failed'

/** Amounts in ten-thousandths, days as days since 1970-01-01, times as Unix ms, counts, and words. `readReceipt` tells which is which. */
export type Receipt = Readonly<Record<string, number | string>>

/** An outcome that a later event, not a correction, has taken away: its rule follows a running sum. */
export interface Loss extends Position {
  readonly rule: string
  readonly occurrence: string
  readonly receipt: Receipt
}

/** What tells one outcome of a customer from another. */
export function outcomeKey({ rule, occurrence }: Pick<Outcome, 'rule' | 'occurrence'>): string {
  return `${rule}\n${occurrence}`
}

const EARNED: ReadonlySet<OutcomeKind> = new Set(['points', 'badge', 'mission'])

/** What an outcome adds to what the customer has earned, which boards rank; ten-thousandths. */
export function earnedBy({ kind, amount }: Pick<Outcome, 'kind' | 'amount'>): number {
  return EARNED.has(kind) ? amount : 0
}

/** What the ledger is told of an outcome: its part of the balance; ten-thousandths. */
export function postedBy({ amount, availableAt }: Pick<Outcome, 'amount' | 'availableAt'>): number {
  return availableAt === null ? amount : 0
}

/** A customer's total on one board in one period, and where its present height was reached. */
export interface Standing extends Position {
  readonly board: string
  /** The period's name, such as 2026-W48. */
  readonly period: string
  /** Ten-thousandths; zero is unranked. */
  readonly total: number
}

/** What tells one of a customer's standings from another. */
export function standingKey({ board, period }: Pick<Standing, 'board' | 'period'>): string {
  return `${board} ${period}`
}
