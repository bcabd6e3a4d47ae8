import { addBuckets, addToDay, BUCKET, type Buckets, indexFrom, NO_BUCKETS } from './bucket.ts'
import { type Event, isWalletEvent } from './event.ts'
import type { Zone } from './zone.ts'

/**
 * What scores are worked out from: counts and sums by local day. Integers that are only ever added, so that
 * the order of arrival cannot matter.
 */
export interface ScoreState {
  /** The events of any type: how many, without what their values come to. */
  readonly activity: Buckets
  /** Of the types that scores look at. */
  readonly types: Readonly<Record<string, Buckets>>
}

export interface Band {
  /** The lowest value it holds for; bands stand in descending order and the last one holds for all. */
  readonly from: number
  readonly name: string
}

/** The first step whose bound holds gives the score. */
export interface ScoreStep {
  readonly bound: 'atMost' | 'atLeast' | 'above' | 'always'
  readonly limit: number
  readonly score: number
}

export type ScoreKind =
  | 'recency'
  | 'frequency'
  | 'monetary'
  | 'engagement'
  | 'decayed'
  | 'trend'
  | 'tenure'
  | 'churn-risk'
  | 'composite'

/** A score that a composite is made of, and what its value counts there. */
export interface Part {
  readonly score: ScoreRule
  readonly weight: number
}

export interface ScoreRule {
  readonly id: string
  readonly kind: ScoreKind
  /** The event type it looks at; null for all of them, and for a composite that looks at several. */
  readonly on: string | null
  /**
   * How many local days count, the as-of day included; of churn risk, the day of the latest event. Infinity where all
   * of them do, 0 for a composite, which looks at none itself.
   */
  readonly days: number
  /** Of a trend: the longer window that `days` is held against, in local days, the as-of day included. */
  readonly overDays?: number
  /** Of a trend: whether it compares sums of values, and not numbers of events. */
  readonly sums?: boolean
  /** Of a decayed sum: what a value counts by its age in days, 2^(−age / half-life); empty for every other kind. */
  readonly weights: readonly number[]
  readonly steps: readonly ScoreStep[]
  /** Of a composite: none of them is a composite itself. */
  readonly parts?: readonly Part[]
  /** At least one. */
  readonly bands: readonly Band[]
}

export const NO_SCORES: ScoreState = { activity: NO_BUCKETS, types: {} }

/** Adds events to the day buckets. Pure, and commutes: any order, any grouping gives the same state. */
export function addEvents(
  state: ScoreState,
  events: Iterable<Pick<Event, 'at' | 'type' | 'value'>>,
  rules: readonly ScoreRule[],
  zone: Zone,
): ScoreState {
  const activity = [...state.activity]
  const types: Record<string, Buckets> = { ...state.types }
  const copied: Record<string, number[]> = {}
  for (const { at, type, value } of events) {
    if (isWalletEvent(type)) continue
    const day = zone.day(at)
    addToDay(activity, day, 1, 0)
    if (!rules.some(({ on }) => on === type)) continue
    copied[type] ??= types[type] = [...(types[type] ?? NO_BUCKETS)]
    addToDay(copied[type], day, 1, value ?? 0)
  }
  return { activity, types }
}

/** The buckets of two states together. */
export function addStates(a: ScoreState, b: ScoreState): ScoreState {
  const types: Record<string, Buckets> = { ...a.types }
  for (const [type, buckets] of Object.entries(b.types)) {
    types[type] = addBuckets(types[type] ?? NO_BUCKETS, buckets)
  }
  return { activity: addBuckets(a.activity, b.activity), types }
}

/**
 * The same state without what no score can look at any more from a day on: buckets that have left every
 * window, but for what a score goes by however long ago it was.
 */
export function prune(state: ScoreState, today: number, rules: readonly ScoreRule[]): ScoreState {
  const types: Record<string, Buckets> = {}
  for (const type in state.types) {
    const kept = within(state.types[type]!, today, rules, type)
    if (kept.length > 0) types[type] = kept
  }
  return { activity: within(state.activity, today, rules, null), types }
}

/** What scores on a type, or on all of them, can look at. Nearly always all days stay, which are not copied then. */
function within(buckets: Buckets, today: number, rules: readonly ScoreRule[], type: string | null): Buckets {
  const latest = buckets.at(-BUCKET) ?? Number.NEGATIVE_INFINITY
  let from = Number.POSITIVE_INFINITY
  let keepsFirst = false
  for (const rule of rules) {
    if (rule.on !== type) continue
    from = Math.min(from, firstKept(rule, today, latest))
    keepsFirst ||= rule.kind === 'tenure'
  }
  const first = indexFrom(buckets, from)
  if (first === 0) return buckets
  return keepsFirst
    ? [...buckets.slice(0, BUCKET), ...buckets.slice(Math.max(first, BUCKET))]
    : buckets.slice(first)
}

/** The first day that a score can still look at, but for tenure, which looks at the very first one alone. */
function firstKept({ kind, days, overDays }: ScoreRule, today: number, latest: number): number {
  switch (kind) {
    case 'recency':
      return Math.min(today, latest)
    case 'tenure':
      return Number.POSITIVE_INFINITY
    case 'churn-risk':
      return Math.min(today, latest) - days + 1
    default:
      return today - (overDays ?? days) + 1
  }
}

/** The weights of exponential decay: a value of an age in days counts 2^(−age / half-life). */
export function decayWeights(days: number, halfLife: number): readonly number[] {
  return Array.from({ length: days }, (_, age) => 2 ** (-age / halfLife))
}
