import { BUCKET, type Buckets, indexFrom, NO_BUCKETS } from './bucket.ts'
import { SCALE } from './decimal.ts'
import type { Part, ScoreRule, ScoreState, ScoreStep } from './score.ts'

/**
 * How a score's value goes on by time alone, from a local day. Between two jumps it stays, goes one way only
 * (steady), or goes as it likes (unsteady).
 */
export interface Course {
  /** The first day after one on which it may jump; Infinity where there is none. Asked for one day after the other. */
  nextJump(day: number): number
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

/** The course of a score from a day; what happened on later ones does not count. */
export function courseOf(state: ScoreState, today: number, rule: ScoreRule): Course {
  const buckets = rule.on === null ? state.activity : (state.types[rule.on] ?? NO_BUCKETS)
  switch (rule.kind) {
    case 'recency':
      return new Recency(buckets, today, rule)
    case 'tenure':
      return new Tenure(buckets, today)
    case 'churn-risk':
      return new ChurnRisk(buckets, today, rule)
    case 'decayed':
      return new Decay(buckets, today, rule)
    case 'trend':
      return new Trend(buckets, today, rule)
    case 'frequency':
      return new Frequency(buckets, today, rule)
    case 'monetary':
      return new Monetary(buckets, today, rule)
    case 'engagement':
      return new Engagement(buckets, today, rule)
    case 'composite':
      return new Composite(state, today, rule.parts ?? [])
  }
}

// Courses are classes: one is made for each score that an event moves, and functions made anew each time cost more.

/** A course whose values are cheap to work out exactly. */
abstract class Exact implements Course {
  abstract nextJump(day: number): number
  abstract enter(day: number): Pace
  abstract at(day: number): number

  near(day: number): Near {
    return { value: this.at(day), doubt: 0 }
  }
}

class Recency extends Exact {
  readonly #last: number | undefined
  readonly #rule: ScoreRule

  constructor(buckets: Buckets, today: number, rule: ScoreRule) {
    super()
    this.#last = buckets[indexFrom(buckets, today + 1) - BUCKET]
    this.#rule = rule
  }

  nextJump(day: number): number {
    let next = Number.POSITIVE_INFINITY
    if (this.#last === undefined) return next
    for (const step of this.#rule.steps) {
      const jump = this.#last + firstAge(step)
      if (jump > day && jump < next) next = jump
    }
    return next
  }

  enter(): Pace {
    return 'still'
  }

  at(day: number): number {
    return this.#last === undefined ? 0 : stepOf(this.#rule, day - this.#last)
  }
}

/** The age in whole days at which a step of recency begins to hold, or stops. */
function firstAge({ bound, limit }: ScoreStep): number {
  return bound === 'atLeast' ? Math.ceil(limit) : bound === 'always' ? 0 : Math.floor(limit) + 1
}

/** What goes steadily once it has begun, and does not jump. */
abstract class Steady extends Exact {
  nextJump(): number {
    return Number.POSITIVE_INFINITY
  }

  enter(): Pace {
    return 'steady'
  }
}

class Tenure extends Steady {
  readonly #first: number | undefined

  constructor(buckets: Buckets, today: number) {
    super()
    const first = buckets[0]
    this.#first = first !== undefined && first <= today ? first : undefined
  }

  at(day: number): number {
    return this.#first === undefined ? 0 : day - this.#first + 1
  }
}

/** The mean gap is that of the days up to the latest one, so that silence alone changes nothing of it. */
class ChurnRisk extends Steady {
  readonly #last: number
  /** Between the first day that counts and the last. */
  readonly #span: number
  readonly #gaps: number

  constructor(buckets: Buckets, today: number, rule: ScoreRule) {
    super()
    const end = indexFrom(buckets, today + 1)
    this.#last = buckets[end - BUCKET] ?? 0
    const first = indexFrom(buckets, this.#last - rule.days + 1)
    this.#span = this.#last - (buckets[first] ?? 0)
    this.#gaps = (end - first) / BUCKET - 1
  }

  at(day: number): number {
    // Multiplied first: it is exactly 1 where the customer is away for as long as usual.
    return this.#gaps < 1 ? 0 : ((day - this.#last) * this.#gaps) / this.#span
  }
}

/** The days of a window that ends with a day, and what they come to. */
class Window {
  readonly #buckets: Buckets
  readonly #size: number
  /** Where the first bucket begins that it has not left behind. */
  first: number
  /** Where its last bucket ends. */
  readonly end: number
  count = 0
  /** Ten-thousandths. */
  sum = 0

  constructor(buckets: Buckets, today: number, size: number) {
    this.#buckets = buckets
    this.#size = size
    this.end = indexFrom(buckets, today + 1)
    this.first = Math.min(indexFrom(buckets, today - size + 1), this.end)
    for (let i = this.first; i < this.end; i += BUCKET) this.#add(i, 1)
  }

  /** How many of its days have anything. */
  get active(): number {
    return (this.end - this.first) / BUCKET
  }

  moveTo(day: number): void {
    const from = day - this.#size + 1
    for (; this.first < this.end && this.#buckets[this.first]! < from; this.first += BUCKET) {
      this.#add(this.first, -1)
    }
  }

  /** When the first of its days leaves it, among such after a day. */
  nextJump(day: number): number {
    for (let i = this.first; i < this.end; i += BUCKET) {
      const jump = this.#buckets[i]! + this.#size
      if (jump > day) return jump
    }
    return Number.POSITIVE_INFINITY
  }

  #add(i: number, sign: 1 | -1): void {
    this.count += sign * this.#buckets[i + 1]!
    this.sum += sign * this.#buckets[i + 2]!
  }
}

/** What goes by a window: it changes only when a day leaves that. */
abstract class Windowed extends Exact {
  protected readonly window: Window
  protected readonly rule: ScoreRule

  constructor(buckets: Buckets, today: number, rule: ScoreRule) {
    super()
    this.window = new Window(buckets, today, rule.days)
    this.rule = rule
  }

  nextJump(day: number): number {
    return this.window.nextJump(day)
  }

  enter(day: number): Pace {
    this.window.moveTo(day)
    return 'still'
  }
}

class Frequency extends Windowed {
  at(): number {
    return stepOf(this.rule, this.window.count)
  }
}

class Monetary extends Windowed {
  at(): number {
    return stepOf(this.rule, this.window.sum / SCALE)
  }
}

class Engagement extends Windowed {
  at(): number {
    return this.window.active
  }
}

/** How often, or how much, a day in the shorter window against a day in the longer one. */
class Trend extends Windowed {
  readonly #long: Window

  constructor(buckets: Buckets, today: number, rule: ScoreRule) {
    super(buckets, today, rule)
    this.#long = new Window(buckets, today, rule.overDays ?? rule.days)
  }

  override nextJump(day: number): number {
    return Math.min(super.nextJump(day), this.#long.nextJump(day))
  }

  override enter(day: number): Pace {
    this.#long.moveTo(day)
    return super.enter(day)
  }

  at(): number {
    const { days, overDays = days, sums } = this.rule
    const near = sums ? this.window.sum : this.window.count
    const far = sums ? this.#long.sum : this.#long.count
    // Multiplied first: equal rates are exactly 1.
    return far > 0 ? (near * overDays) / (far * days) : 0
  }
}

/**
 * A decayed sum, whose value is another one each day. It is carried on from day to day as a double that is a
 * little off.
 */
class Decay implements Course {
  readonly #buckets: Buckets
  readonly #window: Window
  readonly #weights: readonly number[]
  /** About the value on the day. */
  #carried: { day: number; value: number } | undefined
  #doubt = 0
  /** Where the bucket begins that leaves the window next, once the value is carried on. */
  #leaving = 0

  constructor(buckets: Buckets, today: number, { days, weights }: ScoreRule) {
    this.#buckets = buckets
    this.#window = new Window(buckets, today, days)
    this.#weights = weights
  }

  nextJump(day: number): number {
    return this.#window.nextJump(day)
  }

  enter(day: number): Pace {
    this.#window.moveTo(day)
    return this.#window.active > 0 ? 'unsteady' : 'still'
  }

  at(today: number): number {
    let sum = 0
    // From the oldest day to the latest, since a sum of doubles depends on its order.
    for (let i = this.#window.first; i < this.#window.end; i += BUCKET) {
      sum += this.#amount(i) * this.#weights[today - this.#buckets[i]!]!
    }
    return sum
  }

  near(day: number): Near {
    const { first, end, active } = this.#window
    if (this.#carried === undefined) {
      this.#carried = { day, value: this.at(day) }
      this.#leaving = first
      let heaviest = 0
      for (let i = first; i < end; i += BUCKET) heaviest = Math.max(heaviest, Math.abs(this.#amount(i)))
      this.#doubt = heaviest * active * 1e-9
    }
    const weights = this.#weights
    for (; this.#carried.day < day; this.#carried.day++) {
      let gone = 0
      if (this.#leaving < end && this.#buckets[this.#leaving] === this.#carried.day + 1 - weights.length) {
        gone = this.#amount(this.#leaving) * weights.at(-1)!
        this.#leaving += BUCKET
      }
      this.#carried.value = (this.#carried.value - gone) * (weights[1] ?? 0)
    }
    return { value: this.#carried.value, doubt: this.#doubt }
  }

  #amount(i: number): number {
    return this.#buckets[i + 2]! / SCALE
  }
}

/**
 * The weighted sum of its parts, to four decimals: without what doubles are off by, it does not waver at a bound while
 * its parts keep the balance. A sum of what goes steadily goes steadily, too.
 */
class Composite implements Course {
  readonly #parts: readonly Part[]
  readonly #courses: readonly Course[]

  constructor(state: ScoreState, today: number, parts: readonly Part[]) {
    this.#parts = parts
    this.#courses = parts.map(({ score }) => courseOf(state, today, score))
  }

  nextJump(day: number): number {
    let next = Number.POSITIVE_INFINITY
    for (const each of this.#courses) next = Math.min(next, each.nextJump(day))
    return next
  }

  enter(day: number): Pace {
    let pace: Pace = 'still'
    for (const each of this.#courses) {
      const own = each.enter(day)
      if (own === 'unsteady' || pace === 'still') pace = own
    }
    return pace
  }

  at(day: number): number {
    let sum = 0
    for (let i = 0; i < this.#courses.length; i++) sum += this.#parts[i]!.weight * this.#courses[i]!.at(day)
    return Math.round(sum * SCALE) / SCALE + 0
  }

  near(day: number): Near {
    let [sum, doubt] = [0, 1 / SCALE]
    for (const [i, each] of this.#courses.entries()) {
      const { value, doubt: own } = each.near(day)
      const { weight } = this.#parts[i]!
      sum += weight * value
      doubt += Math.abs(weight) * own + Math.abs(weight * value) * 1e-9
    }
    return { value: sum, doubt }
  }
}

function stepOf({ steps }: ScoreRule, amount: number): number {
  for (const step of steps) if (holds(step, amount)) return step.score
  return 0
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
