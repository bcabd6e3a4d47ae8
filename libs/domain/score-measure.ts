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
  return (bands.find(({ from }) => value >= from) ?? bands.at(-1)!).name
}

/** 9999-12-31: what lies beyond it never comes. */
const LAST_DAY = 2_932_896

/**
 * The first local day after one on which a score is in another band than on that day, by time alone; null
 * where it stays in its band until something happens.
 */
export function nextBandChange(state: ScoreState, today: number, rule: ScoreRule): number | null {
  const course = courseOf(state, today, rule)
  const band = bandOf(course.at(today), rule.bands)
  const jumps = course.jumps().filter((day) => day > today && day <= LAST_DAY)
  let from = today + 1
  for (const next of [...new Set(jumps)].sort((a, b) => a - b)) {
    const day = firstOut(course, from, next - 1, rule.bands, band)
    if (day !== null) return day
    from = next
  }
  return firstOut(course, from, LAST_DAY, rule.bands, band)
}

/** The first of days that no jump parts, both ends included, on which it is in another band; null where it never is. */
function firstOut(
  course: Course,
  from: number,
  to: number,
  bands: readonly Band[],
  band: string,
): number | null {
  if (from > to) return null
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
