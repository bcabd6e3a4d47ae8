import { describe, expect, test } from 'vitest'
import type { Event } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { type Profile, profileAt } from '#domain/profile.ts'
import { type Program, parseProgram } from '#domain/program.ts'
import { addEvents, NO_SCORES } from '#domain/score.ts'
import { event, instant, programWith, TELCO } from './telco.ts'

const SUBJECT = { kind: 'other', value: '123' } as const

/** The profile at a local time of Dhaka, of a customer with these events. */
function profile(time: string, events: readonly Event[], program: Program = TELCO): Profile {
  const { state: game, outcomes } = foldAll(NEW_GAME, events, program)
  const scores = addEvents(NO_SCORES, events, program.scores, program.zone)
  return profileAt({ subjects: [SUBJECT], scores, game, outcomes }, instant(time), program)
}

const logins = (days: readonly number[]) => days.map((day) => event('app_login', `2026-11-${day} 09:00`))
const EMPTY_WALLET = { balance: 0, earned: 0, spent: 0, expired: 0, adjusted: 0, pending: 0 }

test('a customer without events has everything, and all of it is empty', () => {
  expect(profile('2026-11-23 15:00', [])).toEqual({
    subjects: [SUBJECT],
    asOf: '2026-11-23T09:00:00.000Z',
    scores: {
      recency: { value: 0, band: 'never' },
      frequency: { value: 0, band: 'none' },
      monetary: { value: 0, band: 'none' },
      engagement: { value: 0, band: 'dormant' },
    },
    attributes: {},
    segments: [],
    eligible: true,
    wallets: { points: EMPTY_WALLET },
    badges: [],
    missions: [
      {
        rule: 'weekly-data',
        period: '2026-W48',
        endsAt: '2026-11-29T18:00:00.000Z',
        progress: 0,
        target: 5120,
        completedAt: null,
        completions: 0,
        objectives: [{ progress: 0, target: 5120 }],
      },
      {
        rule: 'kyc',
        period: null,
        endsAt: null,
        progress: 0,
        target: 1,
        completedAt: null,
        completions: 0,
        objectives: [{ progress: 0, target: 1 }],
      },
    ],
    tiers: {},
  })
})

test('wallets are decimal numbers, those that the rules never met included', () => {
  const program = parseProgram(
    'program.yaml',
    `program: test
zone: Asia/Dhaka
wallets: [points, coins]
points: [{ id: half, on: recharge, amount: event.value * 0.5, wallet: points }]`,
    'test',
  )
  const { wallets } = profile('2026-11-23 15:00', [event('recharge', '2026-11-23 09:00', 0.5)], program)
  expect(wallets).toEqual({
    points: { ...EMPTY_WALLET, balance: 0.25, earned: 0.25 },
    coins: EMPTY_WALLET,
  })
})

test('scores are those of the local day', () => {
  const events = [event('recharge', '2026-11-20 23:59', 250)]
  const recencyAt = (time: string) => profile(time, events).scores.recency
  expect(recencyAt('2026-11-23 23:59')).toEqual({ value: 5, band: 'active' })
  expect(recencyAt('2026-11-24 00:00')).toEqual({ value: 4, band: 'recent' })
  expect(profile('2026-11-24 00:00', events).scores.monetary).toEqual({ value: 2, band: 'low' })
})

describe('badges', () => {
  test('stand in the order of the program, then by level, with the event that earned each', () => {
    const streak = logins([13, 14, 15, 16, 17, 18, 19])
    const recharge = event('recharge', '2026-11-20 09:00', 10)
    const held = profile('2026-11-20 15:00', [...streak, recharge]).badges
    expect(held).toEqual([
      {
        rule: 'first-recharge',
        level: 1,
        awardedAt: '2026-11-20T03:00:00.000Z',
        eventId: recharge.identity,
        next: null,
      },
      {
        rule: 'login-streak',
        level: 1,
        awardedAt: '2026-11-15T03:00:00.000Z',
        eventId: streak[2]!.identity,
        next: null,
      },
      {
        rule: 'login-streak',
        level: 2,
        awardedAt: '2026-11-19T03:00:00.000Z',
        eventId: streak[6]!.identity,
        next: { level: 3, current: 7, target: 30 },
      },
    ])
  })

  test.each([
    ['the day of the last login', '2026-11-15 23:59', 3],
    ['the day after', '2026-11-16 23:59', 3],
    ['a day later, when the run has ended', '2026-11-17 00:00', 0],
  ])('know the run on %s', (_, time, current) => {
    expect(profile(time, logins([13, 14, 15])).badges[0]?.next).toEqual({ level: 2, current, target: 7 })
  })

  test('know the run of now, not the one that earned the level', () => {
    const { badges } = profile('2026-11-20 15:00', logins([13, 14, 15, 19, 20]))
    expect(badges).toMatchObject([{ level: 1, next: { current: 2, target: 7 } }])
  })

  test('have no next where every level is held', () => {
    const program = parseProgram(
      'program.yaml',
      `program: test
zone: Asia/Dhaka
wallets: [points]
badges: [{ id: s, kind: day-streak, on: app_login, levels: [1, 2] }]`,
      'test',
    )
    const held = profile('2026-11-14 15:00', logins([13, 14]), program).badges
    expect(held.map(({ level, next }) => [level, next])).toEqual([
      [1, null],
      [2, null],
    ])
  })

  test('that a mission gave stand behind those of the list, under their own id', () => {
    const program = programWith(`wallets: [points]
badges: [{ id: first, kind: first, on: play }]
missions: [{ id: m, on: play, objective: { count: events, target: 2 }, window: day, rewards: [{ badge: two }, { badge: pair }] }]`)
    const plays = ['2026-11-20 09:00', '2026-11-20 10:00', '2026-11-21 09:00', '2026-11-21 10:00'].map(
      (time) => event('play', time),
    )
    const held = profile('2026-11-22 15:00', plays, program).badges
    expect(held.map(({ rule, level, eventId, next }) => [rule, level, eventId, next])).toEqual([
      ['first', 1, plays[0]!.identity, null],
      ['two', 1, plays[1]!.identity, null],
      ['pair', 1, plays[1]!.identity, null],
    ])
  })

  test('that time alone gave name no event', () => {
    const program = programWith(`wallets: [points]
scores: [{ id: s, kind: recency, on: recharge, steps: [{ atMost: 1, score: 1 }], bands: [{ from: 1, name: fresh }, { from: 0, name: gone }] }]
badges: [{ id: fresh, kind: band, score: s, band: fresh }, { id: gone, kind: band, score: s, band: gone }]`)
    const recharge = event('recharge', '2026-11-20 09:00', 10)
    const { state: game, outcomes } = foldAll(NEW_GAME, [recharge], program, instant('2026-11-22 00:00'))
    const customer = { subjects: [SUBJECT], scores: NO_SCORES, game, outcomes }
    expect(profileAt(customer, instant('2026-11-22 15:00'), program).badges).toEqual([
      {
        rule: 'fresh',
        level: 1,
        awardedAt: '2026-11-20T03:00:00.000Z',
        eventId: recharge.identity,
        next: null,
      },
      { rule: 'gone', level: 1, awardedAt: '2026-11-21T18:00:00.000Z', eventId: null, next: null },
    ])
  })

  test('that were not given, or that the program no longer has, are not listed', () => {
    const other = {
      kind: 'badge',
      rule: 'gone',
      occurrence: '1',
      level: 1,
      wallet: null,
      amount: 0,
      availableAt: null,
      receipt: {},
    } as const
    const customer = {
      subjects: [],
      scores: NO_SCORES,
      game: NEW_GAME,
      outcomes: [{ ...other, at: 0, identity: 'x' }],
    }
    expect(profileAt(customer, 0, TELCO).badges).toEqual([])
  })
})

describe('missions', () => {
  const usage = (time: string, value: number) => event('data_usage', time, value)
  const weekly = (time: string, events: readonly Event[]) => profile(time, events).missions[0]

  test('show progress beyond the target, and when it was reached', () => {
    const events = [
      usage('2026-11-23 09:00', 5_000),
      usage('2026-11-24 09:00', 120.5),
      usage('2026-11-25 09:00', 1),
    ]
    expect(weekly('2026-11-25 15:00', events)).toEqual({
      rule: 'weekly-data',
      period: '2026-W48',
      endsAt: '2026-11-29T18:00:00.000Z',
      progress: 5_121.5,
      target: 5_120,
      completedAt: '2026-11-24T03:00:00.000Z',
      completions: 1,
      objectives: [{ progress: 5_121.5, target: 5_120 }],
    })
  })

  test('begin anew with each window', () => {
    const events = [usage('2026-11-22 23:59', 6_000)]
    expect(weekly('2026-11-22 23:59', events)).toMatchObject({ period: '2026-W47', progress: 6_000 })
    expect(weekly('2026-11-23 00:00', events)).toMatchObject({
      period: '2026-W48',
      progress: 0,
      completedAt: null,
    })
  })

  test('that are for once have no period', () => {
    const { missions } = profile('2027-01-01 00:00', [event('kyc_update', '2026-11-23 09:00')])
    expect(missions[1]).toEqual({
      rule: 'kyc',
      period: null,
      endsAt: null,
      progress: 1,
      target: 1,
      completedAt: '2026-11-23T03:00:00.000Z',
      completions: 1,
      objectives: [{ progress: 1, target: 1 }],
    })
  })

  describe('of several objectives', () => {
    const program = programWith(`wallets: [points]
missions:
  - id: welcome
    objectives:
      - { on: app_login, count: days, target: 2 }
      - { on: recharge, distinct: metadata.channel, target: 3 }
      - { on: recharge, when: event.value >= 10.0, streak: events, target: 2 }
    window: { days: 7, from: first-match }
  - { id: again, on: app_login, objective: { count: events, target: 2 }, window: week, repeat: always }
  - { id: only, on: app_login, objective: { count: events, target: 2 }, window: day, repeat: never }`)
    const events = [
      event('app_login', '2026-11-23 09:00'),
      event('recharge', '2026-11-23 10:00', 20, { channel: 'app' }),
      event('recharge', '2026-11-23 11:00', 20, { channel: 'ussd' }),
      event('app_login', '2026-11-23 12:00'),
      event('app_login', '2026-11-23 13:00'),
    ]
    const at = (time: string) => profile(time, events, program).missions

    test('show how many are reached, and how far each has come', () => {
      expect(at('2026-11-29 23:59')[0]).toEqual({
        rule: 'welcome',
        period: '2026-11-23..2026-11-29',
        endsAt: '2026-11-29T18:00:00.000Z',
        progress: 1,
        target: 3,
        completedAt: null,
        completions: 0,
        objectives: [
          { progress: 1, target: 2 },
          { progress: 2, target: 3 },
          { progress: 2, target: 2 },
        ],
      })
    })

    test('have no window before a match begins one, and none after its end', () => {
      const empty = { period: null, endsAt: null, progress: 0, target: 3, completedAt: null }
      expect(profile('2026-11-23 15:00', [], program).missions[0]).toMatchObject(empty)
      expect(at('2026-11-30 00:00')[0]).toMatchObject(empty)
    })

    test('completed again and again show the present try', () => {
      expect(at('2026-11-23 15:00')[1]).toMatchObject({
        period: '2026-W48',
        progress: 1,
        completions: 1,
        completedAt: '2026-11-23T06:00:00.000Z',
      })
    })

    test('completed once for ever stay in the window in which they were', () => {
      expect(at('2026-12-24 15:00')[2]).toMatchObject({
        period: '2026-11-23',
        progress: 2,
        completions: 1,
        completedAt: '2026-11-23T06:00:00.000Z',
      })
    })
  })
})

describe('tiers', () => {
  const LEVELS = 'levels: [{ name: silver, from: 100 }, { name: gold, from: 300 }]'
  const program = programWith(`wallets: [points]
scores: [{ id: days, kind: engagement, days: 2, bands: [{ from: 0, name: any }] }]
points: [{ id: all, on: recharge, amount: event.value, wallet: points }]
tiers:
  - { id: for-good, wallet: points, ${LEVELS} }
  - { id: monthly, wallet: points, per: month, graceDays: 10, ${LEVELS} }
  - { id: ending, wallet: points, per: month, graceDays: 10, until: 2026-12-31T00:00, ${LEVELS} }
  - { id: active, score: days, per: day, levels: [{ name: yes, from: 1 }] }`)
  const recharges = [event('recharge', '2026-11-02 09:00', 150), event('recharge', '2026-11-03 09:00', 150)]
  const tiers = (time: string, events: readonly Event[]) => profile(time, events, program).tiers

  test('are null where no level is held', () => {
    const none = { 'for-good': null, monthly: null, ending: null, active: null }
    expect(tiers('2026-11-23 15:00', [])).toEqual(none)
    expect(tiers('2026-11-02 15:00', [event('recharge', '2026-11-02 09:00', 10)])).toEqual({
      ...none,
      active: { level: 1, name: 'yes', since: '2026-11-02T03:00:00.000Z', until: null },
    })
  })

  test('have the level’s name, since when it is held, and when time takes it away', () => {
    const gold = { level: 2, name: 'gold', since: '2026-11-03T03:00:00.000Z' }
    expect(tiers('2026-11-05 15:00', recharges)).toEqual({
      'for-good': { ...gold, until: null },
      monthly: { ...gold, until: '2027-01-10T18:00:00.000Z' },
      // Its rule has ended before.
      ending: { ...gold, until: null },
      // The score has left the level, which was reached on the fourth of November last.
      active: { level: 1, name: 'yes', since: '2026-11-02T03:00:00.000Z', until: '2026-11-05T18:00:00.000Z' },
    })
  })

  test('are gone by time alone', () => {
    const held = tiers('2027-01-11 00:00', recharges)
    expect([held.monthly, held.active, held['for-good']?.name, held.ending?.name]).toEqual([
      null,
      null,
      'gold',
      'gold',
    ])
    const fallen = tiers('2027-01-11 00:00', [...recharges, event('recharge', '2026-12-24 09:00', 100)])
    expect(fallen.monthly).toEqual({
      level: 1,
      name: 'silver',
      since: '2027-01-10T18:00:00.000Z',
      until: '2027-02-10T18:00:00.000Z',
    })
  })
})
