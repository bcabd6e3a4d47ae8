import { describe, expect, test } from 'vitest'
import {
  dayName,
  expectedPeriodName,
  monday,
  type PeriodKind,
  periodName,
  periodNumber,
  weekName,
} from '#domain/calendar.ts'
import { Zone } from '#domain/zone.ts'

const dayOf = (date: string) => Date.parse(date) / 86_400_000

describe('ISO weeks', () => {
  test.each([
    ['2026-11-23', '2026-W48'],
    ['2026-11-22', '2026-W47'],
    // Over the turn of a year, a week belongs to the year of its Thursday.
    ['2024-12-29', '2024-W52'],
    ['2024-12-30', '2025-W01'],
    ['2025-01-05', '2025-W01'],
    ['2025-01-06', '2025-W02'],
    ['2027-01-01', '2026-W53'],
    ['2023-01-01', '2022-W52'],
    ['2023-01-02', '2023-W01'],
    // Years of 53 weeks: those that begin on a Thursday, and leap years that begin on a Wednesday.
    ['2020-12-31', '2020-W53'],
    ['2021-01-03', '2020-W53'],
    ['2021-01-04', '2021-W01'],
    ['2026-12-31', '2026-W53'],
    ['1992-12-31', '1992-W53'],
    // Before 1970.
    ['1970-01-01', '1970-W01'],
    ['1969-12-29', '1970-W01'],
    ['1969-12-28', '1969-W52'],
    ['1964-12-31', '1964-W53'],
    ['0999-07-01', '0999-W27'],
  ])('%s lies in %s', (date, week) => {
    expect(weekName(dayOf(date))).toBe(week)
  })

  test.each([
    ['2026-11-23', '2026-11-23'],
    ['2026-11-29', '2026-11-23'],
    ['1970-01-01', '1969-12-29'],
    ['1969-12-28', '1969-12-22'],
  ])('the Monday of %s is %s', (date, expected) => {
    expect(dayName(monday(dayOf(date)))).toBe(expected)
  })
})

describe('the period of an instant', () => {
  test.each<[PeriodKind, string, string]>([
    ['day', '2026-11-22T17:59:59.999Z', '2026-11-22'],
    ['day', '2026-11-22T18:00:00.000Z', '2026-11-23'],
    ['week', '2026-11-22T17:59:59.999Z', '2026-W47'],
    ['week', '2026-11-22T18:00:00.000Z', '2026-W48'],
    ['week', '2026-12-31T18:00:00.000Z', '2026-W53'],
    ['month', '2026-11-30T17:59:59.999Z', '2026-11'],
    ['month', '2026-11-30T18:00:00.000Z', '2026-12'],
    ['month', '2026-12-31T18:00:00.000Z', '2027-01'],
    ['month', '1969-12-31T17:59:59.999Z', '1969-12'],
    ['month', '0999-12-15T00:00:00.000Z', '0999-12'],
    ['all', '2026-11-22T18:00:00.000Z', 'all'],
    ['once', '2026-11-22T18:00:00.000Z', 'once'],
  ])('%s of %s in Dhaka: %s', (kind, instant, name) => {
    const number = periodNumber(kind, Date.parse(instant), new Zone('Asia/Dhaka'))
    expect(periodName(kind, number)).toBe(name)
    expect(expectedPeriodName(kind, name)).toBeUndefined()
  })
})

describe('the name of a period', () => {
  test.each<[PeriodKind, string, string]>([
    ['day', '2026-11', 'a day such as 2026-11-23'],
    ['day', '2026-13-01', 'a day such as 2026-11-23'],
    ['day', '2026-11-32', 'a day such as 2026-11-23'],
    ['week', '2026-W00', 'an ISO week such as 2026-W48'],
    ['week', '2026-W54', 'an ISO week such as 2026-W48'],
    ['week', '2026-w48', 'an ISO week such as 2026-W48'],
    ['month', '2026-00', 'a month such as 2026-11'],
    ['month', '2026-13', 'a month such as 2026-11'],
    ['all', 'ever', 'all'],
    ['once', 'all', 'once'],
  ])('of a %s cannot be %s', (kind, name, expected) => {
    expect(expectedPeriodName(kind, name)).toBe(expected)
  })
})
