import type { Band, ScoreRule, ScoreState } from './score.ts'
import { type Course, courseOf } from './score-course.ts'

export interface Score {
  readonly value: number
  readonly band: string
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
  const value = courseOf(state, today, rule).at(today)
  return { value, band: bandOf(value, rule.bands) }
}

function bandOf(value: number, bands: readonly Band[]): string {
  for (const { from, name } of bands) if (value >= from) return name
  return bands.at(-1)!.name
}

/** A score, and where time alone takes it. */
export interface Outlook extends Score {
  /** The first local day on which it is in another band by time alone; null where it stays until something happens. */
  readonly next: number | null
}

/** 9999-12-31: what lies beyond it never comes. */
const LAST_DAY = 2_932_896

/** One score as of a local day, with the day on which time alone changes its band. */
export function outlook(state: ScoreState, today: number, rule: ScoreRule): Outlook {
  const course = courseOf(state, today, rule)
  const value = course.at(today)
  const band = bandOf(value, rule.bands)
  return { value, band, next: nextChange(course, today, rule.bands, band) }
}

function nextChange(course: Course, today: number, bands: readonly Band[], band: string): number | null {
  let from = today + 1
  while (from <= LAST_DAY) {
    const jump = Math.min(course.nextJump(from), LAST_DAY + 1)
    const day = firstOut(course, from, jump - 1, bands, band)
    if (day !== null) return day
    from = jump
  }
  return null
}

/** The first of days that no jump parts, both ends included, on which it is in another band; null where it never is. */
function firstOut(
  course: Course,
  from: number,
  to: number,
  bands: readonly Band[],
  band: string,
): number | null {
  switch (course.enter(from)) {
    case 'still':
      return bandOf(course.at(from), bands) === band ? null : from
    case 'steady':
      return firstPast(from, to, (day) => bandOf(course.at(day), bands) !== band)
    case 'unsteady':
      for (let day = from; day <= to; day++) {
        const { value, doubt } = course.near(day)
        const isSafe = bandOf(value - doubt, bands) === band && bandOf(value + doubt, bands) === band
        if (!isSafe && bandOf(course.at(day), bands) !== band) return day
      }
      return null
  }
}

/** Of a value that goes one way only: once it is out, it stays out. */
function firstPast(from: number, to: number, isOut: (day: number) => boolean): number | null {
  if (isOut(from)) return from
  if (!isOut(to)) return null
  let [inside, outside] = [from, to]
  while (outside - inside > 1) {
    const middle = Math.floor((inside + outside) / 2)
    if (isOut(middle)) outside = middle
    else inside = middle
  }
  return outside
}
