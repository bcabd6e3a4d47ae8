import { SCALE } from './decimal.ts'
import type { Event } from './event.ts'
import type { Zone } from './zone.ts'

/**
 * What scores are worked out from: counts and sums by local day. Integers that are only ever added, so that
 * the order of arrival cannot matter.
 */
export interface ScoreState {
  /** How many events of any type, by day (days since 1970-01-01). */
  readonly activity: Readonly<Record<string, number>>
  /** Of the types that scores look at: how many, and their sum in ten-thousandths, by day. */
  readonly types: Readonly<Record<string, Readonly<Record<string, readonly [count: number, sum: number]>>>>
}

interface Band {
  /** The lowest value it holds for; bands stand in descending order and the last one holds for all. */
  readonly from: number
  readonly name: string
}

/** The first step whose bound holds gives the score. */
interface Step {
  readonly bound: 'atMost' | 'atLeast' | 'above' | 'always'
  readonly limit: number
  readonly score: number
}

export interface ScoreRule {
  readonly id: string
  readonly kind: 'recency' | 'frequency' | 'monetary' | 'engagement'
  /** The event type it looks at; null for all of them. */
  readonly on: string | null
  /** How many local days count, the as-of day included. */
  readonly days: number
  readonly steps: readonly Step[]
  /** At least one. */
  readonly bands: readonly Band[]
}

export interface Score {
  readonly value: number
  readonly band: string
}

export const NO_SCORES: ScoreState = { activity: {}, types: {} }

/** Adds events to the day buckets. Pure, and commutes: any order, any grouping gives the same state. */
export function addEvents(
  state: ScoreState,
  events: Iterable<Pick<Event, 'at' | 'type' | 'value'>>,
  rules: readonly ScoreRule[],
  zone: Zone,
): ScoreState {
  const activity: Record<string, number> = { ...state.activity }
  const types: Record<string, Record<string, readonly [number, number]>> = { ...state.types }
  const copied = new Set<string>()
  for (const event of events) {
    const day = zone.day(event.at)
    activity[day] = (activity[day] ?? 0) + 1
    if (!rules.some(({ on }) => on === event.type)) continue
    if (!copied.has(event.type)) {
      types[event.type] = { ...types[event.type] }
      copied.add(event.type)
    }
    const days = types[event.type]!
    const [count, sum] = days[day] ?? [0, 0]
    days[day] = [count + 1, sum + (event.value ?? 0)]
  }
  return { activity, types }
}

/** A customer's scores as of a local day; later days do not count. */
export function evaluateScores(
  state: ScoreState,
  today: number,
  rules: readonly ScoreRule[],
): Readonly<Record<string, Score>> {
  return Object.fromEntries(rules.map((rule) => [rule.id, evaluate(state, today, rule)]))
}

function evaluate(state: ScoreState, today: number, rule: ScoreRule): Score {
  const value = measure(state, today, rule)
  const band = rule.bands.find(({ from }) => value >= from) ?? rule.bands.at(-1)
  return { value, band: band!.name }
}

function measure(state: ScoreState, today: number, rule: ScoreRule): number {
  if (rule.kind === 'engagement') {
    const counts = rule.on === null ? state.activity : (state.types[rule.on] ?? {})
    return daysWithin(counts, today, rule.days).length
  }
  const days = state.types[rule.on ?? ''] ?? {}
  if (rule.kind === 'recency') {
    const last = daysWithin(days, today, Number.POSITIVE_INFINITY).at(-1)
    return last === undefined ? 0 : step(rule, today - last)
  }
  const index = rule.kind === 'frequency' ? 0 : 1
  const unit = rule.kind === 'frequency' ? 1 : SCALE
  const total = daysWithin(days, today, rule.days).reduce((sum, day) => sum + days[day]![index], 0)
  return step(rule, total / unit)
}

/** The days with anything in a window that ends with today, ascending. */
function daysWithin(byDay: Readonly<Record<string, unknown>>, today: number, window: number): number[] {
  return Object.keys(byDay)
    .map(Number)
    .filter((day) => day <= today && day > today - window)
    .sort((a, b) => a - b)
}

function step({ steps }: ScoreRule, amount: number): number {
  return steps.find((each) => holds(each, amount))?.score ?? 0
}

function holds({ bound, limit }: Step, amount: number): boolean {
  switch (bound) {
    case 'atMost':
      return amount <= limit
    case 'atLeast':
      return amount >= limit
    case 'above':
      return amount > limit
    case 'always':
      return true
  }
}
