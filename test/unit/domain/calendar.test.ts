import { describe, expect, test } from 'vitest'
import {
  dayName,
  expectedPeriodName,
  monday,
  type PeriodKind,
  periodEnd,
  periodKind,
  periodName,
  periodNumber,
  periodStart,
  periodsBetween,
  weekName,
} from '#domain/calendar.ts'
import { Zone } from '#domain/zone.ts'

const dayOf = (date: string) => Date.parse(date) / 86_400_000

const TEN_DAYS = periodKind({ days: 10, starting: '2026-11-02' })
const TEN_FROM_1970 = periodKind({ days: 10 })
const THREE_DAYS = periodKind({ days: 3, starting: '2026-03-28' })

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
    // Years below 100 are those of their century.
    ['0100-01-01', '0099-W53'],
    ['0100-01-03', '0099-W53'],
    ['0100-01-04', '0100-W01'],
    ['0099-07-01', '0099-W27'],
    ['0001-01-01', '0001-W01'],
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
    [TEN_DAYS, '2026-11-01T17:59:59.999Z', '2026-10-23..2026-11-01'],
    [TEN_DAYS, '2026-11-01T18:00:00.000Z', '2026-11-02..2026-11-11'],
    [TEN_DAYS, '2026-11-11T17:59:59.999Z', '2026-11-02..2026-11-11'],
    [TEN_DAYS, '2026-11-11T18:00:00.000Z', '2026-11-12..2026-11-21'],
    [TEN_DAYS, '2027-01-01T00:00:00.000Z', '2027-01-01..2027-01-10'],
    [TEN_FROM_1970, '1970-01-01T00:00:00.000Z', '1970-01-01..1970-01-10'],
    [TEN_FROM_1970, '1969-12-31T17:59:59.999Z', '1969-12-22..1969-12-31'],
    [periodKind({ days: 1 }), '2026-11-22T18:00:00.000Z', '2026-11-23..2026-11-23'],
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
    [TEN_DAYS, '2026-11-03..2026-11-12', 'the first and the last of 10 days such as 2026-11-02..2026-11-11'],
    [TEN_DAYS, '2026-11-02..2026-11-12', 'the first and the last of 10 days such as 2026-11-02..2026-11-11'],
    [TEN_DAYS, '2026-11-02', 'the first and the last of 10 days such as 2026-11-02..2026-11-11'],
    [TEN_DAYS, 'now..then', 'the first and the last of 10 days such as 2026-11-02..2026-11-11'],
    [TEN_FROM_1970, '', 'the first and the last of 10 days such as 2026-11-03..2026-11-12'],
    ['all', 'ever', 'all'],
    ['once', 'all', 'once'],
  ])('of a %s cannot be %s', (kind, name, expected) => {
    expect(expectedPeriodName(kind, name)).toBe(expected)
  })
})

test('periods between two are counted, backwards as well', () => {
  expect(periodsBetween('week', dayOf('2026-11-02'), dayOf('2026-11-23'))).toBe(3)
  expect(periodsBetween('day', dayOf('2026-11-02'), dayOf('2026-11-01'))).toBe(-1)
  expect(periodsBetween('month', 2026 * 12 + 11, 2027 * 12)).toBe(1)
})

describe('the first instant after a period', () => {
  test.each<[string, PeriodKind, string, string]>([
    ['Asia/Dhaka', 'day', '2026-11-23T05:00:00Z', '2026-11-23T18:00:00Z'],
    ['Asia/Dhaka', 'day', '2026-11-23T18:00:00Z', '2026-11-24T18:00:00Z'],
    ['Asia/Kathmandu', 'day', '2026-11-22T18:14:59.999Z', '2026-11-22T18:15:00Z'],
    ['Asia/Kathmandu', 'day', '2026-11-22T18:15:00Z', '2026-11-23T18:15:00Z'],
    ['Asia/Dhaka', 'week', '2026-11-29T17:59:59.999Z', '2026-11-29T18:00:00Z'],
    ['Asia/Dhaka', 'month', '2026-11-30T17:59:59.999Z', '2026-11-30T18:00:00Z'],
    // Over the turn of a year.
    ['UTC', 'day', '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00Z'],
    ['UTC', 'week', '2026-12-28T00:00:00Z', '2027-01-04T00:00:00Z'],
    ['UTC', 'week', '2027-01-03T23:59:59.999Z', '2027-01-04T00:00:00Z'],
    ['UTC', 'month', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['UTC', 'month', '2024-02-29T12:00:00Z', '2024-03-01T00:00:00Z'],
    ['UTC', 'month', '1969-12-31T12:00:00Z', '1970-01-01T00:00:00Z'],
    ['UTC', 'month', '0999-12-31T12:00:00Z', '1000-01-01T00:00:00Z'],
    ['UTC', 'month', '0099-12-31T12:00:00Z', '0100-01-01T00:00:00Z'],
    ['UTC', 'month', '0050-03-31T12:00:00Z', '0050-04-01T00:00:00Z'],
    ['UTC', 'week', '0099-12-31T12:00:00Z', '0100-01-04T00:00:00Z'],
    // A day of 23 hours, and one of 25.
    ['Europe/Berlin', 'day', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['Europe/Berlin', 'day', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['Europe/Berlin', 'week', '2026-03-22T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['Europe/Berlin', 'week', '2026-10-18T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['Europe/Berlin', 'month', '2026-02-28T23:00:00Z', '2026-03-31T22:00:00Z'],
    ['Europe/Berlin', 'month', '2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z'],
    ['Asia/Dhaka', TEN_DAYS, '2026-11-01T18:00:00Z', '2026-11-11T18:00:00Z'],
    ['Asia/Dhaka', TEN_DAYS, '2026-11-01T17:59:59.999Z', '2026-11-01T18:00:00Z'],
    // Three days of 71 hours.
    ['Europe/Berlin', THREE_DAYS, '2026-03-27T23:00:00Z', '2026-03-30T22:00:00Z'],
    // Midnight does not occur, occurs twice, and its day does not occur at all.
    ['America/Sao_Paulo', 'day', '2018-11-03T12:00:00Z', '2018-11-04T03:00:00Z'],
    ['America/Havana', 'day', '2026-10-31T12:00:00Z', '2026-11-01T04:00:00Z'],
    ['Pacific/Apia', 'day', '2011-12-30T09:59:59.999Z', '2011-12-30T10:00:00Z'],
  ])('in %s, of the %s of %s: %s', (name, kind, instant, end) => {
    const zone = new Zone(name)
    const at = Date.parse(instant)
    const number = periodNumber(kind, at, zone)
    expect(new Date(periodEnd(kind, number, zone)).toISOString()).toBe(new Date(end).toISOString())
    expect(periodNumber(kind, Date.parse(end) - 1, zone)).toBe(number)
    const next = periodNumber(kind, Date.parse(end), zone)
    expect(next).toBeGreaterThan(number)
    expect(periodStart(kind, next, zone)).toBe(Date.parse(end))
    expect(periodsBetween(kind, number, next)).toBe(name === 'Pacific/Apia' ? 2 : 1)
  })

  test.each<PeriodKind>(['all', 'once'])('of %s never comes', (kind) => {
    expect(periodEnd(kind, 0, new Zone('UTC'))).toBe(Number.POSITIVE_INFINITY)
    expect(periodStart(kind, 0, new Zone('UTC'))).toBe(Number.NEGATIVE_INFINITY)
  })
})
