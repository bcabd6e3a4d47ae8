import { SCALE } from './decimal.ts'
import { type Event, isWalletEvent } from './event.ts'
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
  readonly kind: 'recency' | 'frequency' | 'monetary' | 'engagement' | 'decayed'
  /** The event type it looks at; null for all of them. */
  readonly on: string | null
  /** How many local days count, the as-of day included. */
  readonly days: number
  /** Of a decayed sum: what a value counts by its age in days, 2^(−age / half-life); empty for every other kind. */
  readonly weights: readonly number[]
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
    if (isWalletEvent(event.type)) continue
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

/** The buckets of two states together. */
export function addStates(a: ScoreState, b: ScoreState): ScoreState {
  const activity: Record<string, number> = { ...a.activity }
  for (const [day, count] of Object.entries(b.activity)) activity[day] = (activity[day] ?? 0) + count
  const types: Record<string, Record<string, readonly [number, number]>> = { ...a.types }
  for (const [type, days] of Object.entries(b.types)) {
    const own = { ...types[type] }
    for (const [day, [count, sum]] of Object.entries(days)) {
      const [before, amount] = own[day] ?? [0, 0]
      own[day] = [before + count, amount + sum]
    }
    types[type] = own
  }
  return { activity, types }
}

/**
 * The same state without what no score can look at any more from a day on: buckets that have left every
 * window, but for each type's latest, which is what recency goes by.
 */
export function prune(state: ScoreState, today: number, rules: readonly ScoreRule[]): ScoreState {
  const window = (of: ScoreRule[]) =>
    Math.max(0, ...of.map(({ kind, days }) => (kind === 'recency' ? 1 : days)))
  const activity = within(state.activity, today, window(rules.filter(({ on }) => on === null)), false)
  const types: Record<string, Readonly<Record<string, readonly [number, number]>>> = {}
  for (const [type, days] of Object.entries(state.types)) {
    const own = rules.filter(({ on }) => on === type)
    const kept = within(
      days,
      today,
      window(own),
      own.some(({ kind }) => kind === 'recency'),
    )
    if (kept) types[type] = kept
  }
  return { activity: activity ?? {}, types }
}

/** Days are never copied where all of them stay. */
function within<T>(
  byDay: Readonly<Record<string, T>>,
  today: number,
  window: number,
  keepsLatest: boolean,
): Readonly<Record<string, T>> | undefined {
  const days = Object.keys(byDay).map(Number)
  const latest = Math.max(...days)
  const kept = days.filter((day) => day > today - window || (keepsLatest && day === latest))
  if (kept.length === days.length) return days.length > 0 ? byDay : undefined
  return kept.length > 0 ? Object.fromEntries(kept.map((day) => [day, byDay[day]!])) : undefined
}

/** A customer's scores as of a local day; later days do not count. */
export function evaluateScores(
  state: ScoreState,
  today: number,
  rules: readonly ScoreRule[],
): Readonly<Record<string, Score>> {
  return Object.fromEntries(rules.map((rule) => [rule.id, evaluate(state, today, rule)]))
}

/** One score as of a local day. */
export function evaluate(state: ScoreState, today: number, rule: ScoreRule): Score {
  const byDay = rule.on === null ? state.activity : (state.types[rule.on] ?? {})
  const days = daysWithin(byDay, today, rule.kind === 'recency' ? Number.POSITIVE_INFINITY : rule.days)
  const value = measure(byDay, days, today, rule)
  return { value, band: bandOf(value, rule) }
}

function bandOf(value: number, { bands }: ScoreRule): string {
  return (bands.find(({ from }) => value >= from) ?? bands.at(-1)!).name
}

/**
 * The first local day after one on which a score is in another band than on that day, by time alone; null
 * where it stays in its band until something happens.
 */
export function nextBandChange(state: ScoreState, today: number, rule: ScoreRule): number | null {
  const { band } = evaluate(state, today, rule)
  const byDay = rule.on === null ? state.activity : (state.types[rule.on] ?? {})
  const days = daysWithin(byDay, today, rule.kind === 'recency' ? Number.POSITIVE_INFINITY : rule.days)
  if (rule.kind === 'decayed') return nextDecay(state, today, rule, band)
  const crossing = changesOf(days, today, rule).find((day) => {
    const kept = days.filter((each) => each > day - rule.days)
    return bandOf(measure(byDay, kept, day, rule), rule) !== band
  })
  return crossing ?? null
}

/** The days after one on which time alone may give a score another value, ascending. */
function changesOf(
  days: readonly number[],
  today: number,
  { kind, days: window, steps }: ScoreRule,
): number[] {
  const last = days.at(-1)
  if (last === undefined) return []
  switch (kind) {
    case 'recency':
      return steps
        .map((step) => last + firstAge(step))
        .filter((day) => day > today)
        .sort((a, b) => a - b)
    default:
      return days.map((day) => day + window)
  }
}

/**
 * Of a decayed sum, whose value is another one each day. The sum is carried on from day to day as a double that
 * is a little off; where that is too near a bound to tell, the score itself is asked.
 */
function nextDecay(state: ScoreState, today: number, rule: ScoreRule, band: string): number | null {
  const buckets = state.types[rule.on ?? ''] ?? {}
  const days = daysWithin(buckets, today, rule.days)
  const [perDay, heaviest] = [
    rule.weights[1] ?? 0,
    Math.max(0, ...days.map((day) => Math.abs(buckets[day]![1]))),
  ]
  const doubt = (heaviest / SCALE) * days.length * 1e-9
  let sum = measure(buckets, days, today, rule)
  for (let day = today + 1; day < (days.at(-1) ?? 0) + rule.days + 1; day++) {
    const gone = buckets[day - rule.days]
    sum = (sum - (gone ? (gone[1] / SCALE) * rule.weights.at(-1)! : 0)) * perDay
    const isSafe = bandOf(sum - doubt, rule) === band && bandOf(sum + doubt, rule) === band
    if (!isSafe && evaluate(state, day, rule).band !== band) return day
  }
  return null
}

/** The age in whole days at which a step of recency begins to hold, or stops. */
function firstAge({ bound, limit }: Step): number {
  return bound === 'atLeast' ? Math.ceil(limit) : bound === 'always' ? 0 : Math.floor(limit) + 1
}

/** @param days those of the buckets that lie in the window of `today`, ascending */
function measure(
  byDay: Readonly<Record<string, unknown>>,
  days: readonly number[],
  today: number,
  rule: ScoreRule,
): number {
  const buckets = byDay as Readonly<Record<string, readonly [count: number, sum: number]>>
  const total = (index: 0 | 1) => days.reduce((sum, day) => sum + buckets[day]![index], 0)
  switch (rule.kind) {
    case 'engagement':
      return days.length
    case 'recency':
      return days.length === 0 ? 0 : step(rule, today - days.at(-1)!)
    case 'frequency':
      return step(rule, total(0))
    case 'monetary':
      return step(rule, total(1) / SCALE)
    case 'decayed':
      // From the oldest day to the latest, since a sum of doubles depends on its order.
      return days.reduce((sum, day) => sum + (buckets[day]![1] / SCALE) * rule.weights[today - day]!, 0)
  }
}

/** The weights of exponential decay: a value of an age in days counts 2^(−age / half-life). */
export function decayWeights(days: number, halfLife: number): readonly number[] {
  return Array.from({ length: days }, (_, age) => 2 ** (-age / halfLife))
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
