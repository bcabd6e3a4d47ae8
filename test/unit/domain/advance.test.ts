import { describe, expect, test } from 'vitest'
import { type Event, REFUSED, SPEND } from '#domain/event.ts'
import { advance, fold, foldAll, NEW_GAME } from '#domain/fold.ts'
import { NO_EVENT } from '#domain/position.ts'
import { day, decided, event, fee, identity, instant, POINTS, programWith, recharge, spend } from './telco.ts'

describe('what is told', () => {
  test('of a wallet has the wallet for its rule, and the day or the event for its occurrence', () => {
    const spent = decided(SPEND, '2026-11-26 09:00', 20, { reason: 'a cup', by: 'shop' })
    const { outcomes } = foldAll(
      NEW_GAME,
      [fee('2026-11-23 09:00', 50), spent],
      POINTS,
      instant('2026-12-31 00:00'),
    )
    const shared = { rule: 'points', level: 0, wallet: 'points', availableAt: null }
    expect(outcomes.slice(1)).toEqual([
      {
        ...shared,
        kind: 'matured',
        occurrence: 'matured/2026-11-26',
        amount: 500_000,
        receipt: { day: day('2026-11-26') },
        at: instant('2026-11-26 00:00'),
        identity: NO_EVENT,
      },
      {
        ...shared,
        kind: 'spent',
        occurrence: spent.identity,
        amount: -200_000,
        receipt: { reason: 'a cup', by: 'shop' },
        at: spent.at,
        identity: spent.identity,
      },
      {
        ...shared,
        kind: 'expired',
        occurrence: 'expired/2026-12-06',
        amount: -300_000,
        receipt: { day: day('2026-12-06') },
        at: instant('2026-12-06 00:00'),
        identity: NO_EVENT,
      },
    ])
  })

  test.each<[string, Event, string]>([
    [
      'a wallet that is not there',
      decided(SPEND, '2026-11-23 09:00', 5, { wallet: 'gold' }),
      'the program has no wallet gold',
    ],
    [
      'no wallet at all',
      { ...spend('2026-11-23 09:00', 5), payload: '{}' },
      'the program has no wallet undefined',
    ],
  ])('of a spend from %s is that it failed', (_, wrong, error) => {
    const { outcomes, state } = fold(NEW_GAME, wrong, POINTS)
    expect(outcomes).toMatchObject([
      { kind: 'failed', rule: 'wallet', occurrence: wrong.identity, receipt: { error } },
    ])
    expect(state.wallets).toEqual({})
  })

  test('of what was refused is nothing', () => {
    const { outcomes, state } = fold(NEW_GAME, decided(REFUSED, '2026-11-23 09:00', 5), POINTS)
    expect([outcomes, state.wallets, state.events]).toEqual([[], {}, 1])
  })
})

describe('missions that say so', () => {
  const MISSIONS = programWith(`wallets: [points]
missions:
  - { id: daily, on: recharge, objective: { count: events, target: 2 }, window: day, reward: { wallet: points, amount: 5 }, tellMissed: true }
  - { id: weekly, on: recharge, objective: { sum: value, target: 100 }, window: week, tellMissed: true }
  - { id: quiet, on: recharge, objective: { count: events, target: 9 }, window: day }`)

  const told = (events: readonly Event[], until: string) =>
    foldAll(NEW_GAME, events, MISSIONS, instant(until)).outcomes.map(({ kind, rule, occurrence, at }) => [
      `${kind} ${rule}`,
      occurrence,
      at,
    ])

  test('are missed when their window closes', () => {
    expect(told([recharge('2026-11-28 09:00', 60)], '2026-12-31 00:00')).toEqual([
      ['missed daily', '2026-11-28', instant('2026-11-29 00:00')],
      ['missed weekly', '2026-W48', instant('2026-11-30 00:00')],
    ])
  })

  test('of two windows that close at once are told in the order of the file, before what happens then', () => {
    const events = [recharge('2026-11-29 09:00', 60), recharge('2026-11-30 00:00', 100)]
    expect(told(events, '2026-11-30 00:00')).toEqual([
      ['missed daily', '2026-11-29', instant('2026-11-30 00:00')],
      ['missed weekly', '2026-W48', instant('2026-11-30 00:00')],
      ['mission weekly', '2026-W49', instant('2026-11-30 00:00')],
    ])
  })

  test.each<[string, Event[]]>([
    ['completed', [recharge('2026-11-28 09:00', 60), recharge('2026-11-28 23:59:59.999', 60)]],
    ['begun', []],
  ])('are not missed where they were %s', (_, events) => {
    expect(told(events, '2026-12-31 00:00').filter(([what]) => String(what).startsWith('missed'))).toEqual([])
  })
})

describe('a mission that ends', () => {
  const told = (end: string, events: readonly Event[]) =>
    foldAll(
      NEW_GAME,
      events,
      programWith(`wallets: [points]
missions:
  - { id: m, on: recharge, objective: { count: events, target: 2 }, window: day, tellMissed: true, until: ${end} }`),
      instant('2026-12-31 00:00'),
    ).outcomes.map(({ kind, at }) => [kind, at])

  const morning = recharge('2026-11-23 09:00', 1)
  const missed = ['missed', instant('2026-11-24 00:00')]

  test.each<[string, string, Event[], unknown[]]>([
    ['with its window is missed by it', '2026-11-24T00:00', [morning], [missed]],
    ['after its window too', '2026-11-24T00:00:00.001', [morning], [missed]],
    ['within its window is not missed any more', '2026-11-23T23:59:59.999', [morning], []],
    [
      'with its window is missed by it, whatever happens then',
      '2026-11-24T00:00',
      [morning, recharge('2026-11-24 00:00', 1), recharge('2026-11-24 00:00', 1)],
      [missed],
    ],
    [
      'can be completed up to the last moment, and not at the end',
      '2026-11-23T12:00',
      [morning, recharge('2026-11-23 12:00', 1), recharge('2026-11-23 13:00', 1)],
      [],
    ],
    [
      'can be completed a moment before',
      '2026-11-23T12:00',
      [morning, recharge('2026-11-23 11:59:59.999', 1)],
      [['mission', instant('2026-11-23 11:59:59.999')]],
    ],
  ])('%s', (_, end, events, expected) => {
    expect(told(end, events)).toEqual(expected)
  })
})

describe('advancing', () => {
  test('moves the position to the time, before every event of it', () => {
    const time = instant('2026-11-23 09:00')
    expect(advance(NEW_GAME, time, POINTS).state).toEqual({
      ...NEW_GAME,
      position: { at: time, identity: NO_EVENT },
    })
  })

  test.each(['2026-11-23 09:00', '2026-11-23 08:00', '2020-01-01 00:00'])(
    'to %s, where the game is beyond, changes nothing',
    (time) => {
      const { state } = fold(NEW_GAME, recharge('2026-11-23 09:00', 50), POINTS)
      expect(advance(state, instant(time), POINTS)).toEqual({
        state,
        outcomes: [],
        losses: [],
        standings: [],
        checkpoints: [],
      })
    },
  )

  test('twice changes nothing more, and nothing in place', () => {
    const { state } = foldAll(NEW_GAME, [fee('2026-11-23 09:00', 50)], POINTS)
    const text = JSON.stringify(state)
    const end = instant('2026-12-31 00:00')
    const once = advance(state, end, POINTS)
    expect(JSON.stringify(state)).toBe(text)
    expect(advance(once.state, end, POINTS)).toMatchObject({ state: once.state, outcomes: [] })
  })

  test.each<[string, Event[], string, string | null]>([
    ['nothing happened', [], '2026-11-23 00:00', null],
    ['something is pending', [fee('2026-11-23 09:00', 50)], '2026-11-23 09:00', '2026-11-26 00:00'],
    ['something can expire', [recharge('2026-11-23 09:00', 50)], '2026-11-23 09:00', '2026-12-03 00:00'],
    [
      'the nearer of both',
      [fee('2026-11-23 09:00', 50), recharge('2026-11-23 09:00', 5)],
      '2026-11-23 09:00',
      '2026-11-26 00:00',
    ],
    [
      'the next one after',
      [fee('2026-11-23 09:00', 50), recharge('2026-11-23 09:00', 5)],
      '2026-11-26 00:00',
      '2026-12-03 00:00',
    ],
    [
      'all is spent',
      [recharge('2026-11-23 09:00', 50), spend('2026-11-23 10:00', 50)],
      '2026-11-23 10:00',
      null,
    ],
    ['all has expired', [recharge('2026-11-23 09:00', 50)], '2026-12-03 00:00', null],
    ['nothing ever expires', [event('app_login', '2026-11-23 09:00')], '2026-11-23 09:00', null],
  ])('the game says when it is due: %s', (_, events, until, due) => {
    expect(foldAll(NEW_GAME, events, POINTS, instant(until)).state.due).toBe(
      due === null ? null : instant(due),
    )
  })
})

test('a checkpoint is taken after every so many events, and the rest folds onto it', () => {
  const every = { ...POINTS, checkpointEvery: 3 }
  const at = instant('2026-11-23 09:00')
  const events = Array.from(
    { length: 7 },
    (_, i): Event => ({
      ...recharge('2026-11-23 09:00', 50),
      at: at + i * 3 * 86_400_000,
      identity: identity(i),
    }),
  )
  const whole = foldAll(NEW_GAME, events, every)
  expect(whole.checkpoints.map(({ position, events: count }) => [position?.identity, count])).toEqual([
    [identity(2), 3],
    [identity(5), 6],
  ])
  for (const checkpoint of whole.checkpoints) {
    const rest = events.slice(checkpoint.events)
    expect(foldAll(JSON.parse(JSON.stringify(checkpoint)), rest, every).state).toEqual(whole.state)
  }
  expect(POINTS.checkpointEvery).toBeGreaterThan(1)
})
