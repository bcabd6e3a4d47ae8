import { describe, expect, test } from 'vitest'
import { advance, foldAll, NEW_GAME } from '#domain/fold.ts'
import { ending } from './ending.ts'
import { event, programWith } from './telco.ts'

describe('days of a zone', () => {
  const DAILY = `wallets: [points]
points: [{ id: p, on: play, amount: '60.0', wallet: points, cap: { amount: 100, per: day } }]
leaderboards: [{ id: daily, wallet: points, period: day }]`

  test.each<[string, string, string[], [string, number][]]>([
    [
      'around midnight, off the hour',
      'Asia/Kathmandu',
      [
        '2026-11-22T18:14:59.999Z',
        '2026-11-22T18:15:00Z',
        '2026-11-23T18:14:59.999Z',
        '2026-11-23T18:15:00Z',
      ],
      [
        ['2026-11-22', 60],
        ['2026-11-23', 100],
        ['2026-11-24', 60],
      ],
    ],
    [
      'of 23 hours',
      'Europe/Berlin',
      [
        '2026-03-28T22:59:59.999Z',
        '2026-03-28T23:00:00Z',
        '2026-03-29T21:59:59.999Z',
        '2026-03-29T22:00:00Z',
      ],
      [
        ['2026-03-28', 60],
        ['2026-03-29', 100],
        ['2026-03-30', 60],
      ],
    ],
    [
      'of 25 hours',
      'Europe/Berlin',
      [
        '2026-10-24T21:59:59.999Z',
        '2026-10-24T22:00:00Z',
        '2026-10-25T22:59:59.999Z',
        '2026-10-25T23:00:00Z',
      ],
      [
        ['2026-10-24', 60],
        ['2026-10-25', 100],
        ['2026-10-26', 60],
      ],
    ],
    [
      'of 25 hours, in the hour that occurs twice',
      'Europe/Berlin',
      ['2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+01:00'],
      [['2026-10-25', 100]],
    ],
  ])('%s', (_, zone, times, days) => {
    const events = times.map((time) => event('play', time, 1))
    const { standings } = ending(programWith(DAILY, zone), events)
    expect(standings.map(({ period, total }) => [period, total / 10_000])).toEqual(days)
  })

  test.each<[string, string[], number]>([
    ['in spring', ['2026-03-28T23:59:59+01:00', '2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00'], 3],
    [
      'in autumn, up to 49 hours apart',
      ['2026-10-24T00:00:00+02:00', '2026-10-25T23:59:59+01:00', '2026-10-26T00:00:00+01:00'],
      3,
    ],
    [
      'a day without, though less than 24 hours are',
      ['2026-03-28T23:59:59+01:00', '2026-03-30T00:00:00+02:00'],
      0,
    ],
    [
      'one day of 25 hours',
      ['2026-10-25T00:00:00+02:00', '2026-10-25T12:00:00+01:00', '2026-10-25T23:59:59+01:00'],
      0,
    ],
  ])('a streak of logins over a change of the clocks: %s', (_, times, days) => {
    const streak = programWith(
      'wallets: [points]\nbadges: [{ id: s, kind: day-streak, on: app_login, levels: [3] }]',
      'Europe/Berlin',
    )
    const { outcomes } = ending(
      streak,
      times.map((time) => event('app_login', time)),
    )
    expect(outcomes.map(({ receipt }) => receipt.days)).toEqual(days === 0 ? [] : [days])
  })

  test.each<[string, string[], [string, number][]]>([
    [
      '2020',
      ['2020-12-28T00:00Z', '2021-01-03T23:59:59.999Z', '2021-01-04T00:00Z'],
      [
        ['2020-W53', 120],
        ['2021-W01', 60],
      ],
    ],
    [
      '2024',
      ['2024-12-29T23:59:59.999Z', '2024-12-30T00:00Z', '2025-01-05T23:59Z'],
      [
        ['2024-W52', 60],
        ['2025-W01', 120],
      ],
    ],
    [
      '2026',
      ['2026-12-31T23:59:59.999Z', '2027-01-01T00:00Z', '2027-01-04T00:00Z'],
      [
        ['2026-W53', 120],
        ['2027-W01', 60],
      ],
    ],
  ])('a week over the end of %s is one week', (_, times, weeks) => {
    const weekly = programWith(DAILY.replaceAll('day', 'week').replace('100', '200'), 'UTC')
    const { standings } = ending(
      weekly,
      times.map((time) => event('play', time, 1)),
    )
    expect(standings.map(({ period, total }) => [period, total / 10_000])).toEqual(weeks)
  })

  test.each<[string, string, string, string, string]>([
    [
      'in spring',
      'Europe/Berlin',
      '2026-03-28T12:00:00+01:00',
      '2026-03-30T00:00:00+02:00',
      '2026-04-01T00:00:00+02:00',
    ],
    [
      'in spring, once available',
      'Europe/Berlin',
      '2026-03-26T12:00:00+01:00',
      '2026-03-28T00:00:00+01:00',
      '2026-03-30T00:00:00+02:00',
    ],
    [
      'in autumn',
      'Europe/Berlin',
      '2026-10-24T12:00:00+02:00',
      '2026-10-26T00:00:00+01:00',
      '2026-10-28T00:00:00+01:00',
    ],
    [
      'in autumn, once available',
      'Europe/Berlin',
      '2026-10-22T12:00:00+02:00',
      '2026-10-24T00:00:00+02:00',
      '2026-10-26T00:00:00+01:00',
    ],
    [
      'on a midnight that does not occur',
      'America/Sao_Paulo',
      '2018-11-02T12:00:00Z',
      '2018-11-04T03:00:00Z',
      '2018-11-06T02:00:00Z',
    ],
    [
      'on one that occurs twice',
      'America/Havana',
      '2026-10-30T12:00:00Z',
      '2026-11-01T04:00:00Z',
      '2026-11-03T05:00:00Z',
    ],
    [
      'off the hour',
      'Asia/Kathmandu',
      '2026-11-22T18:15:00Z',
      '2026-11-24T18:15:00Z',
      '2026-11-26T18:15:00Z',
    ],
  ])(
    'what is pending for two days and then lives for two, over a change of the clocks %s',
    (_, zone, earned, matured, expired) => {
      const waiting = programWith(
        `wallets: [{ id: points, expiresAfterDays: 2 }]
points: [{ id: p, on: play, amount: event.value, wallet: points, availableAfterDays: 2 }]`,
        zone,
      )
      const { outcomes } = ending(waiting, [event('play', earned, 5)], '2027-01-01T00:00Z')
      expect(outcomes.map(({ kind, amount, at }) => [kind, amount / 10_000, at])).toEqual([
        ['points', 5, Date.parse(earned)],
        ['matured', 5, Date.parse(matured)],
        ['expired', -5, Date.parse(expired)],
      ])
    },
  )
})

describe('where a day began before an event of the day before it: in Newfoundland, on 2010-11-06', () => {
  const LISTS = `wallets: [{ id: points, expiresAfterDays: 1 }, { id: later, expiresAfterDays: 1 }]
scores: [{ id: s, kind: engagement, days: 1, bands: [{ from: 1, name: here }, { from: 0, name: away }] }]
points:
  - { id: p, on: play, amount: event.value, wallet: points }
  - { id: w, on: play, amount: event.value, wallet: later, availableAfterDays: 1 }
badges: [{ id: b, kind: band, score: s, band: away }]
missions: [{ id: m, on: play, objective: { count: events, target: 2 }, window: day, tellMissed: true }]`
  const program = programWith(LISTS, 'America/St_Johns')
  const first = Date.parse('2010-11-07T01:45:00Z')

  test.each(Array.from({ length: 12 }, (_, i) => new Date(first + i * 15 * 60_000).toISOString()))(
    'what %s makes due comes after it, and is done once',
    (time) => {
      const start = foldAll(NEW_GAME, [event('play', time, 5)], program).state
      expect(start.due).toBeGreaterThan(start.position!.at)
      let state = start
      const told: string[] = []
      for (let steps = 0; state.due !== null && steps < 20; steps++) {
        const step = advance(state, state.due, program)
        expect(step.state.position!.at).toBe(state.due)
        expect(step.state.due ?? Number.POSITIVE_INFINITY).toBeGreaterThan(state.due)
        told.push(...step.outcomes.map(({ kind, wallet }) => `${kind} ${wallet}`))
        state = step.state
      }
      expect(state.due).toBeNull()
      expect(told.filter((each) => !each.endsWith('null')).toSorted()).toEqual([
        'expired later',
        'expired points',
        'matured later',
      ])
      expect(state.wallets.points).toMatchObject({ balance: 0, expired: 50_000 })
    },
  )

  test('points of both hours expire', () => {
    const events = ['02:15', '02:45', '03:15'].map((time) => event('play', `2010-11-07T${time}:00Z`, 5))
    const { state } = ending(
      programWith(
        'wallets: [{ id: points, expiresAfterDays: 1 }]\npoints: [{ id: p, on: play, amount: event.value, wallet: points }]',
        'America/St_Johns',
      ),
      events,
      '2010-12-01T00:00Z',
    )
    expect(state.wallets.points).toMatchObject({ balance: 0, earned: 150_000, expired: 150_000 })
  })
})
