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

/** A day's number of events, with the sum of their values in ten-thousandths where that is kept. */
type Bucket = number | readonly [count: number, sum: number]
type Buckets = Readonly<Record<string, Bucket>>

/** The course of a score from a day; what happened on later ones does not count. */
export function courseOf(state: ScoreState, today: number, rule: ScoreRule): Course {
  const buckets: Buckets = rule.on === null ? state.activity : (state.types[rule.on] ?? {})
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
    this.#last = daysWithin(buckets, today, Number.POSITIVE_INFINITY).at(-1)
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
    this.#first = daysWithin(buckets, today, Number.POSITIVE_INFINITY)[0]
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
    const days = daysWithin(buckets, today, Number.POSITIVE_INFINITY)
    this.#last = days.at(-1) ?? 0
    const known = days.filter((day) => day > this.#last - rule.days)
    this.#span = this.#last - (known[0] ?? 0)
    this.#gaps = known.length - 1
  }

  at(day: number): number {
    // Multiplied first: it is exactly 1 where the customer is away for as long as usual.
    return this.#gaps < 1 ? 0 : ((day - this.#last) * this.#gaps) / this.#span
  }
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

  nextJump(day: number): number {
    return firstAfter(this.#days, this.#left, this.#size, day)
  }

  #add(day: number, sign: 1 | -1): void {
    const bucket = this.#buckets[day]!
    this.count += sign * (typeof bucket === 'number' ? bucket : bucket[0])
    this.sum += sign * (typeof bucket === 'number' ? 0 : bucket[1])
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

  nextJump(day: number): number {
    return firstAfter(this.#days, this.#left, this.#rule.days, day)
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

/** The days with anything in a window that ends with today, ascending. */
function daysWithin(buckets: Buckets, today: number, window: number): number[] {
  const days: number[] = []
  for (const key in buckets) {
    const day = Number(key)
    if (day <= today && day > today - window) days.push(day)
  }
  // Names that are whole numbers come in ascending order by themselves, and those below 0 after them in any.
  return days.length > 0 && days.at(-1)! < 0 ? days.sort((a, b) => a - b) : days
}

/** When the first of the days that are left leaves a window of a size, among such after a day. */
function firstAfter(days: readonly number[], left: number, size: number, day: number): number {
  for (let i = left; i < days.length; i++) if (days[i]! + size > day) return days[i]! + size
  return Number.POSITIVE_INFINITY
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
