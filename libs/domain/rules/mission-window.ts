import { z } from 'zod'
import { dayName, type PeriodKind, periodEnd, periodKind, periodName, periodNumber } from '../calendar.ts'
import type { Compiler, Path } from '../compiler.ts'
import type { Expression } from '../condition.ts'
import type { Event } from '../event.ts'
import { date, days, expression, types } from '../term.ts'
import type { Zone } from '../zone.ts'
import type { Scene } from './rule.ts'

const from = z.union([z.literal('first-match'), z.strictObject({ on: types, when: expression.optional() })], {
  error: 'expected first-match, or { on: campaign_joined } for an event of that type',
})

/** Within what time a mission's objectives have to be reached. */
export const windowSchema = z.union(
  [
    z.enum(['day', 'week', 'month', 'once']),
    z.strictObject({ days, starting: date.optional(), from: from.optional() }),
  ],
  {
    error:
      'expected day, week, month, once, { days: 10, starting: 2026-11-02 }, { days: 30, from: first-match } or ' +
      '{ days: 30, from: { on: campaign_joined } }',
  },
)

/**
 * The windows of a mission, each known by a number: that of a calendar period, or the local day that it begins with,
 * as days since 1970-01-01. A later window has a greater number, and no two of them overlap.
 */
export interface MissionWindow {
  /** Whether there is but one window, for ever. */
  readonly isEndless: boolean
  /** The types of the events that begin a window, where matches alone do not. */
  readonly types: readonly string[]
  /**
   * The window that an event lies in or begins; null where there is none.
   *
   * @param latest the window before, or still: undefined for none
   * @param isMatch whether the event matches an objective
   * @throws Error where the condition of what begins a window cannot be evaluated on the event
   */
  of(event: Event, latest: number | undefined, isMatch: boolean, scene: Scene): number | null
  /** The latest window that goes on at an instant, or the calendar's; null where none does. */
  at(instant: number, latest: number | undefined, zone: Zone): number | null
  name(number: number): string
  /** The first instant after it, Unix ms; Infinity where it has no end. */
  end(number: number, zone: Zone): number
}

/** @param path of the window itself */
export function compileWindow(
  written: z.infer<typeof windowSchema>,
  path: Path,
  compiler: Compiler,
): MissionWindow {
  if (typeof written === 'string' || written.from === undefined) return calendarWindow(periodKind(written))
  const { days: length, starting, from } = written
  if (starting !== undefined) {
    const message = 'a window begins with a day of the calendar or with an event: leave starting or from out'
    compiler.mistake([...path, 'starting'], message)
  }
  if (from === 'first-match') return spanWindow(length, [], null)
  const on = [from.on].flat()
  return spanWindow(length, on, compiler.condition([...path, 'from'], from.when))
}

/** Windows that are calendar periods: there is one at every instant. */
export function calendarWindow(kind: PeriodKind): MissionWindow {
  return {
    isEndless: kind === 'once',
    types: [],
    of(event, latest, _, { zone }) {
      const number = periodNumber(kind, event.at, zone)
      // Where clocks went back over midnight, a period that has begun goes on.
      return latest === undefined ? number : Math.max(number, latest)
    },
    at: (instant, _, zone) => periodNumber(kind, instant, zone),
    name: (number) => periodName(kind, number),
    end: (number, zone) => periodEnd(kind, number, zone),
  }
}

/**
 * Windows of so many local days, the one of the event that begins it included; another one begins with the first such
 * event after the last day.
 *
 * @param begins what an event of these types has to meet; null where every match begins a window
 */
function spanWindow(
  length: number,
  on: readonly string[],
  begins: Expression<boolean> | null,
): MissionWindow {
  const goesOn = (day: number, latest: number | undefined): latest is number =>
    latest !== undefined && day < latest + length
  return {
    isEndless: false,
    types: on,
    of(event, latest, isMatch, scene) {
      // Evaluated also while a window goes on: whether an event fails does not depend on what came before.
      const isBeginning = begins === null ? isMatch : on.includes(event.type) && begins(event, scene)
      const day = scene.zone.day(event.at)
      if (goesOn(day, latest)) return latest
      return isBeginning ? day : null
    },
    at: (instant, latest, zone) => (goesOn(zone.day(instant), latest) ? latest : null),
    name: (number) => `${dayName(number)}..${dayName(number + length - 1)}`,
    end: (number, zone) => zone.start(number + length),
  }
}
