import { describe, expect, test } from 'vitest'
import { customerAsOf, type Line } from './delivery.ts'

const NOW = '2026-11-23 12:00'

function day(offset: number, time = '09:00'): string {
  const date = new Date(Date.parse('2026-11-23') + offset * 86_400_000)
  return `${date.toISOString().slice(0, 10)} ${time}`
}

describe('recency', () => {
  test.each([
    ['2026-11-23 11:59', 5, 'active'],
    ['2026-11-20 00:00', 5, 'active'],
    ['2026-11-19 23:59:59.999', 4, 'recent'],
    ['2026-11-16 00:00', 4, 'recent'],
    ['2026-11-15 23:59:59.999', 3, 'cooling'],
    ['2026-11-09 00:00', 3, 'cooling'],
    ['2026-11-08 23:59:59.999', 2, 'lapsing'],
    ['2026-10-24 00:00', 2, 'lapsing'],
    ['2026-10-23 23:59:59.999', 1, 'lapsed'],
    ['2020-01-01 00:00', 1, 'lapsed'],
  ])('last recharge on %s scores %i', (time, value, band) => {
    const lines: Line[] = [
      ['recharge', '2019-01-01 00:00', 5],
      ['recharge', time, 5],
    ]
    expect(customerAsOf(NOW, lines).scores.recency).toEqual({ value, band })
  })

  test('never recharged scores 0', () => {
    expect(customerAsOf(NOW, [['app_login', NOW]]).scores.recency).toEqual({ value: 0, band: 'never' })
  })

  test("later today counts, tomorrow's does not", () => {
    expect(customerAsOf(NOW, [['recharge', '2026-11-23 23:59:59.999']]).scores.recency?.value).toBe(5)
    expect(customerAsOf(NOW, [['recharge', '2026-11-24 00:00']]).scores.recency?.value).toBe(0)
  })
})

describe('frequency', () => {
  test.each([
    [1, 1, 'rare'],
    [2, 2, 'occasional'],
    [3, 2, 'occasional'],
    [4, 3, 'regular'],
    [7, 3, 'regular'],
    [8, 4, 'frequent'],
    [11, 4, 'frequent'],
    [12, 5, 'very-frequent'],
  ])('%i recharges score %i', (count, value, band) => {
    const lines = Array.from({ length: count }, (_, index): Line => ['recharge', day(-index), 1])
    expect(customerAsOf(NOW, lines).scores.frequency).toEqual({ value, band })
  })

  test('looks back 90 local days, today included', () => {
    expect(customerAsOf(NOW, [['recharge', '2026-08-26 00:00', 1]]).scores.frequency?.value).toBe(1)
    expect(customerAsOf(NOW, [['recharge', '2026-08-25 23:59:59.999', 1]]).scores.frequency).toEqual({
      value: 0,
      band: 'none',
    })
  })
})

describe('monetary', () => {
  test.each([
    [[0], 0, 'none'],
    [[0.0001], 1, 'minimal'],
    [[100, 99.9999], 1, 'minimal'],
    [[100, 100], 2, 'low'],
    [[499.9999], 2, 'low'],
    [[500], 3, 'medium'],
    [[999.9999], 3, 'medium'],
    [[0.1, 0.2, 999.7], 4, 'high'],
    [[1999.9999], 4, 'high'],
    [[1000, 1000], 5, 'premium'],
  ])('recharges of %j score %i', (values, value, band) => {
    const lines = values.map((amount): Line => ['recharge', NOW, amount])
    expect(customerAsOf(NOW, lines).scores.monetary).toEqual({ value, band })
  })

  test('leaves out what is 90 days old, what lies ahead, and what is no recharge', () => {
    const lines: Line[] = [
      ['recharge', day(-90), 2000],
      ['recharge', day(-89), 200],
      ['recharge', day(1), 2000],
      ['data_usage', day(0), 2000],
    ]
    expect(customerAsOf(NOW, lines).scores.monetary).toEqual({ value: 2, band: 'low' })
  })
})

describe('engagement', () => {
  test.each([
    [1, 'occasional'],
    [7, 'occasional'],
    [8, 'weekly'],
    [19, 'weekly'],
    [20, 'daily'],
    [30, 'daily'],
  ])('%i days with an event of any type are %s', (days, band) => {
    const lines = Array.from({ length: days }, (_, index): Line => ['song_liked', day(-index)])
    expect(customerAsOf(NOW, lines).scores.engagement).toEqual({ value: days, band })
  })

  test('counts a day once, in Dhaka, within 30 days', () => {
    const lines: Line[] = [
      ['app_login', '2026-11-22 00:00'],
      ['recharge', '2026-11-22 23:59:59.999', 5],
      ['app_login', '2026-10-25 00:00'],
      ['app_login', '2026-10-24 23:59:59.999'],
      ['app_login', '2026-11-24 00:00'],
    ]
    expect(customerAsOf(NOW, lines).scores.engagement).toEqual({ value: 2, band: 'occasional' })
    expect(customerAsOf('2027-06-01 12:00', lines).scores.engagement).toEqual({ value: 0, band: 'dormant' })
  })
})
