import type { Zone } from './zone.ts'

/** What a period of a board or a mission can be; `all` and `once` have a single one. */
export type PeriodKind = 'day' | 'week' | 'month' | 'all' | 'once'

/** Thursday decides which year an ISO week belongs to. Day 0, 1970-01-01, was a Thursday. */
const THURSDAY = 3
const DAY = 86_400_000

/** The Monday of a day's ISO week, as days since 1970-01-01. */
export function monday(day: number): number {
  return day - ((((day + THURSDAY) % 7) + 7) % 7)
}

/** `2026-11-23` for days since 1970-01-01. */
export function dayName(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10)
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
  }
}

/** `2026-11-23`, `2026-W48`, `2026-11`, `all` or `once`. */
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
  }
}

/** When the first instant after a period is, Unix ms; Infinity for `all` and `once`, which have no end. */
export function periodEnd(kind: PeriodKind, number: number, zone: Zone): number {
  switch (kind) {
    case 'day':
      return zone.start(number + 1)
    case 'week':
      return zone.start(number + 7)
    case 'month':
      return zone.start(firstOf(Math.floor((number + 1) / 12), (number + 1) % 12))
    case 'all':
    case 'once':
      return Number.POSITIVE_INFINITY
  }
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
  const forms: Record<PeriodKind, [RegExp, string]> = {
    day: [/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'a day such as 2026-11-23'],
    week: [/^\d{4}-W(0[1-9]|[1-4]\d|5[0-3])$/, 'an ISO week such as 2026-W48'],
    month: [/^\d{4}-(0[1-9]|1[0-2])$/, 'a month such as 2026-11'],
    all: [/^all$/, 'all'],
    once: [/^once$/, 'once'],
  }
  const [form, words] = forms[kind]
  return form.test(name) ? undefined : words
}
