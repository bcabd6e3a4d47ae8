import { SCALE } from './decimal.ts'
import type { Part, ScoreRule, ScoreState, ScoreStep } from './score.ts'

/**
 * How a score's value goes on by time alone, from a local day. Between two jumps it stays, goes one way only
 * (steady), or goes as it likes (unsteady).
 */
export interface Course {
  /** The days on which it may jump, in any order. */
  jumps(): readonly number[]
  /** Goes on to a day; never back. What is said of it holds until the next jump. */
  enter(day: number): Pace
  /** The value on a day before the next jump. */
  at(day: number): number
  /** About the value on a day before the next jump, cheap where the days are asked for one after the other. */
  near(day: number): Near
}

export type Pace = 'still' | 'steady' | 'unsteady'

interface Near {
  readonly value: number
  /** How far off it may be at most. */
  readonly doubt: number
}

/** A day's number of events, with the sum of their values in ten-thousandths where that is kept. */
type Bucket = number | readonly [count: number, sum: number]
type Buckets = Readonly<Record<string, Bucket>>

/** The course of a score from a day; what happened on later ones does not count. */
export function courseOf(state: ScoreState, today: number, rule: ScoreRule): Course {
  const buckets: Buckets = rule.on === null ? state.activity : (state.types[rule.on] ?? {})
  switch (rule.kind) {
    case 'recency':
      return recency(daysWithin(buckets, today, Number.POSITIVE_INFINITY), rule)
    case 'tenure':
      return tenure(daysWithin(buckets, today, Number.POSITIVE_INFINITY))
    case 'churn-risk':
      return churnRisk(daysWithin(buckets, today, Number.POSITIVE_INFINITY), rule)
    case 'decayed':
      return new Decay(buckets, today, rule)
    case 'trend':
      return trend(
        new Window(buckets, today, rule.days),
        new Window(buckets, today, rule.overDays ?? rule.days),
        rule,
      )
    case 'frequency':
      return windowed(new Window(buckets, today, rule.days), ({ count }) => stepOf(rule, count))
    case 'monetary':
      return windowed(new Window(buckets, today, rule.days), ({ sum }) => stepOf(rule, sum / SCALE))
    case 'engagement':
      return windowed(new Window(buckets, today, rule.days), ({ active }) => active)
    case 'composite':
      return composite(
        (rule.parts ?? []).map(({ score }) => courseOf(state, today, score)),
        rule.parts ?? [],
      )
  }
}

/** Of functions that have no names: to give them some would cost more than to make them. */
function course(
  pace: Pace,
  jumps: () => readonly number[],
  at: (day: number) => number,
  move?: (day: number) => void,
): Course {
  return {
    jumps,
    enter(day) {
      move?.(day)
      return pace
    },
    at,
    near: (day) => ({ value: at(day), doubt: 0 }),
  }
}

const NO_JUMPS = () => []

function recency(days: readonly number[], rule: ScoreRule): Course {
  const last = days.at(-1)
  if (last === undefined) return course('still', NO_JUMPS, () => 0)
  return course(
    'still',
    () => rule.steps.map((step) => last + firstAge(step)),
    (day) => stepOf(rule, day - last),
  )
}

/** The age in whole days at which a step of recency begins to hold, or stops. */
function firstAge({ bound, limit }: ScoreStep): number {
  return bound === 'atLeast' ? Math.ceil(limit) : bound === 'always' ? 0 : Math.floor(limit) + 1
}

function tenure([first]: readonly number[]): Course {
  if (first === undefined) return course('still', NO_JUMPS, () => 0)
  return course('steady', NO_JUMPS, (day) => day - first + 1)
}

/** The mean gap is that of the days up to the latest one, so that silence alone changes nothing of it. */
function churnRisk(days: readonly number[], rule: ScoreRule): Course {
  const last = days.at(-1) ?? 0
  const known = days.filter((day) => day > last - rule.days)
  const [first = 0] = known
  if (known.length < 2) return course('still', NO_JUMPS, () => 0)
  // Multiplied first: it is exactly 1 where the customer is away for as long as usual.
  return course('steady', NO_JUMPS, (day) => ((day - last) * (known.length - 1)) / (last - first))
}

/** The days of a window that ends with a day, and what they come to. */
class Window {
  readonly #buckets: Buckets
  readonly #days: readonly number[]
  readonly #size: number
  /** How many of its days it has left behind. */
  #left = 0
  count = 0
  /** Ten-thousandths. */
  sum = 0

  constructor(buckets: Buckets, today: number, size: number) {
    this.#buckets = buckets
    this.#size = size
    this.#days = daysWithin(buckets, today, size)
    for (const day of this.#days) this.#add(day, 1)
  }

  /** How many of its days have anything. */
  get active(): number {
    return this.#days.length - this.#left
  }

  moveTo(day: number): void {
    for (; this.#left < this.#days.length && this.#days[this.#left]! <= day - this.#size; this.#left++) {
      this.#add(this.#days[this.#left]!, -1)
    }
  }

  jumps(): readonly number[] {
    return this.#days.map((day) => day + this.#size)
  }

  #add(day: number, sign: 1 | -1): void {
    const bucket = this.#buckets[day]!
    const [count, sum] = typeof bucket === 'number' ? [bucket, 0] : bucket
    this.count += sign * count
    this.sum += sign * sum
  }
}

function windowed(window: Window, value: (window: Window) => number): Course {
  return course(
    'still',
    () => window.jumps(),
    () => value(window),
    (day) => window.moveTo(day),
  )
}

/** How often, or how much, a day in the shorter window against a day in the longer one. */
function trend(short: Window, long: Window, { days, overDays = days, sums }: ScoreRule): Course {
  return course(
    'still',
    () => [...short.jumps(), ...long.jumps()],
    () => {
      const [near, far] = sums ? [short.sum, long.sum] : [short.count, long.count]
      // Multiplied first: equal rates are exactly 1.
      return far > 0 ? (near * overDays) / (far * days) : 0
    },
    (day) => {
      short.moveTo(day)
      long.moveTo(day)
    },
  )
}

/**
 * A decayed sum, whose value is another one each day. It is carried on from day to day as a double that is a
 * little off.
 */
class Decay implements Course {
  readonly #buckets: Readonly<Record<string, readonly [count: number, sum: number]>>
  readonly #days: readonly number[]
  readonly #rule: ScoreRule
  #left = 0
  /** About the value on the day. */
  #carried: { day: number; value: number } | undefined
  #doubt = 0

  constructor(buckets: Buckets, today: number, rule: ScoreRule) {
    this.#buckets = buckets as Readonly<Record<string, readonly [count: number, sum: number]>>
    this.#rule = rule
    this.#days = daysWithin(buckets, today, rule.days)
  }

  jumps(): readonly number[] {
    return this.#days.map((day) => day + this.#rule.days)
  }

  enter(day: number): Pace {
    while (this.#left < this.#days.length && this.#days[this.#left]! <= day - this.#rule.days) this.#left++
    return this.#left < this.#days.length ? 'unsteady' : 'still'
  }

  at(today: number): number {
    let sum = 0
    // From the oldest day to the latest, since a sum of doubles depends on its order.
    for (let i = this.#left; i < this.#days.length; i++) {
      const day = this.#days[i]!
      sum += this.#amount(day) * this.#rule.weights[today - day]!
    }
    return sum
  }

  near(day: number): Near {
    if (this.#carried === undefined) {
      this.#carried = { day, value: this.at(day) }
      const heaviest = Math.max(0, ...this.#days.map((each) => Math.abs(this.#amount(each))))
      this.#doubt = heaviest * this.#days.length * 1e-9
    }
    const { days, weights } = this.#rule
    for (; this.#carried.day < day; this.#carried.day++) {
      const leaving = this.#carried.day + 1 - days
      const gone = leaving in this.#buckets ? this.#amount(leaving) * weights[days - 1]! : 0
      this.#carried.value = (this.#carried.value - gone) * (weights[1] ?? 0)
    }
    return { value: this.#carried.value, doubt: this.#doubt }
  }

  #amount(day: number): number {
    return this.#buckets[day]![1] / SCALE
  }
}

/**
 * The weighted sum of its parts, to four decimals: without what doubles are off by, it does not waver at a bound while
 * its parts keep the balance. A sum of what goes steadily goes steadily, too.
 */
function composite(courses: readonly Course[], parts: readonly Part[]): Course {
  return {
    jumps: () => courses.flatMap((each) => each.jumps()),
    enter(day) {
      const paces = courses.map((each) => each.enter(day))
      return paces.find((pace) => pace === 'unsteady') ?? paces.find((pace) => pace === 'steady') ?? 'still'
    },
    at: (day) => {
      const sum = courses.reduce((all, each, i) => all + parts[i]!.weight * each.at(day), 0)
      return Math.round(sum * SCALE) / SCALE + 0
    },
    near(day) {
      let [sum, doubt] = [0, 1 / SCALE]
      for (const [i, each] of courses.entries()) {
        const { value, doubt: own } = each.near(day)
        const { weight } = parts[i]!
        sum += weight * value
        doubt += Math.abs(weight) * own + Math.abs(weight * value) * 1e-9
      }
      return { value: sum, doubt }
    },
  }
}

/** The days with anything in a window that ends with today, ascending. */
function daysWithin(buckets: Buckets, today: number, window: number): number[] {
  return Object.keys(buckets)
    .map(Number)
    .filter((day) => day <= today && day > today - window)
    .sort((a, b) => a - b)
}

function stepOf({ steps }: ScoreRule, amount: number): number {
  return steps.find((each) => holds(each, amount))?.score ?? 0
}

function holds({ bound, limit }: ScoreStep, amount: number): boolean {
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
