import { describe, expect, test } from 'vitest'
import { uuidOf } from '../../reference/event.ts'
import { customerAsOf, type Line } from './delivery.ts'

/** A Monday. */
const NOW = '2026-11-23 12:00'

function day(offset: number, time = '09:00'): string {
  const date = new Date(Date.parse('2026-11-23') + offset * 86_400_000)
  return `${date.toISOString().slice(0, 10)} ${time}`
}

function eventId(index: number): string {
  return uuidOf({ source: 'kafka', kind: 'event_id', id: `e${index}` })
}

const earned = (lines: readonly Line[], now = NOW) => customerAsOf(now, lines).wallets.points.earned

describe('recharge-points', () => {
  test.each([
    [[9.9999], 0],
    [[10], 1],
    [[19.9999], 1],
    [[149.5], 14],
    [[999.99], 99],
    [[1000], 100],
    [[5000], 100],
    [[950, 90], 100],
    [[999, 50], 100],
    [[500, 400, 5], 90],
    [[1000, 1000, 1000], 100],
  ])('recharges of %j on one day give %i', (values, points) => {
    expect(earned(values.map((value, index): Line => ['recharge', `2026-11-23 0${index}:00`, value]))).toBe(
      points,
    )
  })

  test('the cap is that of the local day', () => {
    expect(
      earned([
        ['recharge', '2026-11-22 23:59:59.999', 1000],
        ['recharge', '2026-11-23 00:00', 700],
        ['recharge', '2026-11-23 23:59:59.999', 500],
      ]),
    ).toBe(200)
  })

  test('a recharge without a value gives none, and is the first recharge all the same', () => {
    const customer = customerAsOf(NOW, [['recharge', NOW]])
    expect(customer.wallets.points.earned).toBe(0)
    expect(customer.badges).toHaveLength(1)
  })

  test('the wallet holds what was earned', () => {
    expect(customerAsOf(NOW, [['recharge', NOW, 149.5]]).wallets).toEqual({
      points: { balance: 14, earned: 14, spent: 0, expired: 0, adjusted: 0, pending: 0 },
    })
  })
})

describe('first-recharge', () => {
  test('goes to the earliest, whichever came first', () => {
    const lines: Line[] = [
      ['recharge', '2026-11-23 09:00', 50],
      ['recharge', '2026-11-20 09:00:00.250', 5],
      ['app_login', '2026-11-01 09:00'],
    ]
    expect(customerAsOf(NOW, lines).badges).toEqual([
      {
        rule: 'first-recharge',
        level: 1,
        awardedAt: '2026-11-20T03:00:00.250Z',
        eventId: eventId(1),
        next: null,
      },
    ])
  })

  test('is no badge without a recharge', () => {
    expect(customerAsOf(NOW, [['app_login', NOW]]).badges).toEqual([])
  })
})

describe('login-streak', () => {
  /** Logins at 09:00 on days counted from today. */
  const logins = (...offsets: number[]) => offsets.map((offset): Line => ['app_login', day(offset)])
  const run = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
  const shown = (lines: readonly Line[]) =>
    customerAsOf(NOW, lines).badges.map(({ level, awardedAt, next }) => [
      level,
      awardedAt.slice(0, 10),
      next && `${next.level}: ${next.current}/${next.target}`,
    ])

  test.each([
    ['two days', run(-1, 0), []],
    ['two days, a gap, two days', [-4, -3, -1, 0], []],
    ['three days up to today', run(-2, 0), [[1, '2026-11-23', '2: 3/7']]],
    ['four days up to yesterday', run(-4, -1), [[1, '2026-11-21', '2: 4/7']]],
    ['four days up to the day before', run(-5, -2), [[1, '2026-11-20', '2: 0/7']]],
    ['three days up to tomorrow', run(-1, 1), [[1, '2026-11-24', '2: 3/7']]],
    [
      'seven days',
      run(-6, 0),
      [
        [1, '2026-11-19', null],
        [2, '2026-11-23', '3: 7/30'],
      ],
    ],
    ['three days, a gap, five days', [...run(-8, -6), ...run(-4, 0)], [[1, '2026-11-17', '2: 5/7']]],
    ['three days, a gap, today', [...run(-4, -2), 0], [[1, '2026-11-21', '2: 1/7']]],
    [
      'three days, a gap, seven days, a gap',
      [...run(-20, -18), ...run(-10, -4)],
      [
        [1, '2026-11-05', null],
        [2, '2026-11-19', '3: 0/30'],
      ],
    ],
    [
      'thirty-one days',
      run(-30, 0),
      [
        [1, '2026-10-26', null],
        [2, '2026-10-30', null],
        [3, '2026-11-22', null],
      ],
    ],
  ])('%s', (_, offsets, badges) => {
    expect(shown(logins(...offsets))).toEqual(badges)
    expect(shown(logins(...offsets.toReversed()))).toEqual(badges)
  })

  test('days begin at midnight in Dhaka, and a day counts once, by its first login', () => {
    const lines: Line[] = [
      ['app_login', '2026-11-21 23:59:59.999'],
      ['app_login', '2026-11-22 00:00'],
      ['app_login', '2026-11-22 23:59'],
      ['app_login', '2026-11-23 10:00'],
      ['app_login', '2026-11-23 08:00'],
    ]
    expect(customerAsOf(NOW, lines).badges).toEqual([
      {
        rule: 'login-streak',
        level: 1,
        awardedAt: '2026-11-23T02:00:00.000Z',
        eventId: eventId(4),
        next: { level: 2, current: 3, target: 7 },
      },
    ])
  })

  test('comes after first-recharge, whichever was earlier', () => {
    const lines: Line[] = [...logins(-2, -1, 0), ['recharge', '2026-11-23 11:00', 5]]
    expect(customerAsOf(NOW, lines).badges.map(({ rule }) => rule)).toEqual([
      'first-recharge',
      'login-streak',
    ])
  })
})

describe('weekly-data', () => {
  const mission = (now: string, lines: readonly Line[]) => customerAsOf(now, lines).missions[0]
  const shown = {
    rule: 'weekly-data',
    period: '2026-W48',
    endsAt: '2026-11-29T18:00:00.000Z',
    progress: 0,
    target: 5120,
    completedAt: null,
    completions: 0,
    objectives: [{ progress: 0, target: 5120 }],
  }

  test('is listed for the week of now, also without any usage', () => {
    expect(mission(NOW, [['app_login', '2020-01-01 09:00']])).toEqual(shown)
    expect(mission('2027-01-03 23:59', [['app_login', NOW]])?.period).toBe('2026-W53')
    expect(mission('2027-01-04 00:00', [['app_login', NOW]])?.period).toBe('2027-W01')
  })

  test.each([
    [[5119.9999], 5119.9999, null, 0],
    [[5120], 5120, '2026-11-23T02:00:00.000Z', 50],
    [[5000, 119.9999, 0.0001, 80], 5200, '2026-11-23T04:00:00.000Z', 50],
    [[0.1, 0.2, 3100], 3100.3, null, 0],
    [[6000, 6000], 12000, '2026-11-23T02:00:00.000Z', 50],
    [[undefined, 12.5], 12.5, null, 0],
  ])('usage of %j', (values, progress, completedAt, points) => {
    const lines = values.map((value, index): Line => {
      const time = `2026-11-23 ${String(8 + index).padStart(2, '0')}:00`
      return value === undefined ? ['data_usage', time] : ['data_usage', time, value]
    })
    const completions = completedAt === null ? 0 : 1
    const expected = {
      ...shown,
      progress,
      completedAt,
      completions,
      objectives: [{ progress, target: 5120 }],
    }
    expect(mission(NOW, lines)).toEqual(expected)
    expect(earned(lines)).toBe(points)
    expect(mission(NOW, lines.toReversed())).toEqual(expected)
  })

  test('begins anew on Monday in Dhaka, and rewards every week', () => {
    const lines: Line[] = [
      ['data_usage', '2026-11-22 23:59:59.999', 5120],
      ['data_usage', '2026-11-23 00:00', 5000],
      ['data_usage', '2026-11-29 23:59:59.999', 120],
      ['data_usage', '2026-11-30 00:00', 7],
    ]
    expect(mission('2026-11-22 12:00', lines)).toMatchObject({ period: '2026-W47', progress: 5120 })
    expect(mission(NOW, lines)).toMatchObject({
      progress: 5120,
      completedAt: '2026-11-29T17:59:59.999Z',
    })
    expect(mission('2026-11-30 12:00', lines)).toMatchObject({ period: '2026-W49', progress: 7 })
    expect(earned(lines)).toBe(100)
  })

  test('a week that crosses the new year is one week', () => {
    const lines: Line[] = [
      ['data_usage', '2026-12-28 00:00', 2560],
      ['data_usage', '2027-01-03 23:59:59.999', 2560],
      ['data_usage', '2027-01-04 00:00', 2560],
    ]
    expect(mission('2027-01-01 12:00', lines)).toEqual({
      rule: 'weekly-data',
      period: '2026-W53',
      endsAt: '2027-01-03T18:00:00.000Z',
      progress: 5120,
      target: 5120,
      completedAt: '2027-01-03T17:59:59.999Z',
      completions: 1,
      objectives: [{ progress: 5120, target: 5120 }],
    })
    expect(mission('2027-01-04 12:00', lines)).toMatchObject({ period: '2027-W01', progress: 2560 })
    expect(earned(lines)).toBe(50)
  })
})

describe('kyc', () => {
  const mission = (lines: readonly Line[]) => customerAsOf(NOW, lines).missions[1]

  test('is listed before it is done', () => {
    expect(mission([['app_login', NOW]])).toEqual({
      rule: 'kyc',
      period: null,
      endsAt: null,
      progress: 0,
      target: 1,
      completedAt: null,
      completions: 0,
      objectives: [{ progress: 0, target: 1 }],
    })
  })

  test('is done once, by the earliest update', () => {
    const lines: Line[] = [
      ['kyc_update', '2026-11-23 09:00'],
      ['kyc_update', '2025-01-01 09:00'],
      ['kyc_update', '2026-11-23 10:00'],
    ]
    expect(mission(lines)).toMatchObject({ progress: 3, completedAt: '2025-01-01T03:00:00.000Z' })
    expect(earned(lines)).toBe(100)
  })
})
