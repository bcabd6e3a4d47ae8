import type { Zone } from './zone.ts'

/** What a period of a board, a badge or a mission can be; `all` and `once` have a single one. */
export type PeriodKind = NamedPeriod | DaysPeriod

type NamedPeriod = 'day' | 'week' | 'month' | 'all' | 'once'

/** Periods of so many local days each, end to end, for ever forwards and backwards. */
export interface DaysPeriod {
  readonly days: number
  /** The first day of one of them, as days since 1970-01-01. */
  readonly start: number
}

/** A period as a program has it written. */
export type WrittenPeriod = NamedPeriod | { readonly days: number; readonly starting?: string | undefined }

/** Those of so many days are counted from a day that is named, or from 1970-01-01. */
export function periodKind(written: WrittenPeriod): PeriodKind {
  if (typeof written === 'string') return written
  return { days: written.days, start: written.starting === undefined ? 0 : dayOf(written.starting) }
}

/** Thursday decides which year an ISO week belongs to. Day 0, 1970-01-01, was a Thursday. */
const THURSDAY = 3
const DAY = 86_400_000

/** The Monday of a day's ISO week, as days since 1970-01-01. */
export function monday(day: number): number {
  return day - ((((day + THURSDAY) % 7) + 7) % 7)
}

/** `2026-11-23` for days since 1970-01-01. */
export function dayName(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, -'T00:00:00.000Z'.length)
}

/** A day such as 2026-11-23 as days since 1970-01-01. */
function dayOf(name: string): number {
  return Date.parse(`${name}T00:00:00Z`) / DAY
}

/** The ISO 8601 week of a day: `2026-W48`. */
export function weekName(day: number): string {
  const thursday = monday(day) + THURSDAY
  const year = new Date(thursday * DAY).getUTCFullYear()
  const first = firstOf(year, 0)
  const week = Math.floor((thursday - first) / 7) + 1
  return `${fourDigits(year)}-W${String(week).padStart(2, '0')}`
}

/**
 * The number of the period that an instant lies in: equal for two instants exactly when they share it,
 * and cheap, since it is asked for every event. `periodName` gives its name.
 */
export function periodNumber(kind: PeriodKind, instant: number, zone: Zone): number {
  switch (kind) {
    case 'day':
      return zone.day(instant)
    case 'week':
      return monday(zone.day(instant))
    case 'month': {
      const date = new Date(zone.day(instant) * DAY)
      return date.getUTCFullYear() * 12 + date.getUTCMonth()
    }
    case 'all':
    case 'once':
      return 0
    default:
      return Math.floor((zone.day(instant) - kind.start) / kind.days)
  }
}

/** `2026-11-23`, `2026-W48`, `2026-11`, `all`, `once`, or the first and the last of so many days: `2026-11-02..2026-11-11`. */
export function periodName(kind: PeriodKind, number: number): string {
  switch (kind) {
    case 'day':
      return dayName(number)
    case 'week':
      return weekName(number)
    case 'month':
      return `${fourDigits(Math.floor(number / 12))}-${String((number % 12) + 1).padStart(2, '0')}`
    case 'all':
    case 'once':
      return kind
    default: {
      const first = firstDay(kind, number)
      return `${dayName(first)}..${dayName(first + kind.days - 1)}`
    }
  }
}

/** How many periods later one with a number is than another: 1 for the next one. */
export function periodsBetween(kind: PeriodKind, earlier: number, later: number): number {
  return kind === 'week' ? (later - earlier) / 7 : later - earlier
}

/** The number of the period that comes so many periods after another. */
export function laterPeriod(kind: PeriodKind, number: number, by: number): number {
  return kind === 'week' ? number + 7 * by : number + by
}

/** The first local day of a period, as days since 1970-01-01; -Infinity for `all` and `once`, which have no beginning. */
export function firstDay(kind: PeriodKind, number: number): number {
  switch (kind) {
    case 'day':
    case 'week':
      return number
    case 'month':
      return firstOf(Math.floor(number / 12), number % 12)
    case 'all':
    case 'once':
      return Number.NEGATIVE_INFINITY
    default:
      return kind.start + number * kind.days
  }
}

/** When the first instant of a period is, Unix ms; -Infinity for `all` and `once`. */
export function periodStart(kind: PeriodKind, number: number, zone: Zone): number {
  const day = firstDay(kind, number)
  return day === Number.NEGATIVE_INFINITY ? day : zone.start(day)
}

/** When the first instant after a period is, Unix ms; Infinity for `all` and `once`, which have no end. */
export function periodEnd(kind: PeriodKind, number: number, zone: Zone): number {
  if (kind === 'all' || kind === 'once') return Number.POSITIVE_INFINITY
  return periodStart(kind, laterPeriod(kind, number, 1), zone)
}

/** The first day of a month. Date.UTC would take a year below 100 for one of the last century. */
function firstOf(year: number, month: number): number {
  return new Date(0).setUTCFullYear(year, month, 1) / DAY
}

function fourDigits(year: number): string {
  return String(year).padStart(4, '0')
}

/** What a period's name looks like, for the error about a wrong one; undefined where the name is right. */
export function expectedPeriodName(kind: PeriodKind, name: string): string | undefined {
  if (typeof kind === 'object') {
    const [first = '', rest] = name.split('..')
    const number = (dayOf(first) - kind.start) / kind.days
    const isOne = rest !== undefined && Number.isInteger(number) && periodName(kind, number) === name
    const example = periodName(kind, Math.ceil((dayOf('2026-11-02') - kind.start) / kind.days))
    return isOne ? undefined : `the first and the last of ${kind.days} days such as ${example}`
  }
  const forms: Record<NamedPeriod, [RegExp, string]> = {
    day: [/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'a day such as 2026-11-23'],
    week: [/^\d{4}-W(0[1-9]|[1-4]\d|5[0-3])$/, 'an ISO week such as 2026-W48'],
    month: [/^\d{4}-(0[1-9]|1[0-2])$/, 'a month such as 2026-11'],
    all: [/^all$/, 'all'],
    once: [/^once$/, 'once'],
  }
  const [form, words] = forms[kind]
  return form.test(name) ? undefined : words
}
