import { describe, expect, test } from 'vitest'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { type BandState, bandRule } from '#domain/rules/band.ts'
import { addEvents, NO_SCORES, type ScoreRule } from '#domain/score.ts'
import { day, event, instant, programWith, SCENE, TELCO } from '../telco.ts'

/** 5 for 3 days after a recharge, 4 for 4 more, and so on down to 1. */
const RECENCY = TELCO.scores[0]!

const recharges = (...times: readonly string[]) => times.map((time) => event('recharge', time, 10))

function sceneAfter(events: readonly ReturnType<typeof event>[], score: ScoreRule = RECENCY) {
  return { ...SCENE, scores: addEvents(NO_SCORES, events, [score], TELCO.zone) }
}

describe('by an event', () => {
  const rule = bandRule('b', RECENCY, 'active')
  const [recharge] = recharges('2026-11-23 09:00')
  const scene = sceneAfter([recharge!])
  const active: BandState = { band: 'active', next: day('2026-11-27') }

  test('coming into the band gives the badge, under the event', () => {
    expect(rule.evolve(undefined, recharge!, scene)).toEqual({
      state: active,
      grants: [
        {
          kind: 'badge',
          occurrence: recharge!.identity,
          level: 1,
          wallet: null,
          amount: 0,
          availableAt: null,
          receipt: { score: 'recency', value: 50_000, day: day('2026-11-23') },
        },
      ],
    })
  })

  test.each<[string, BandState | undefined, number]>([
    ['from nothing', undefined, 1],
    ['from another band', { band: 'recent', next: null }, 1],
    ['staying in it', active, 0],
  ])('%s', (_, before, grants) => {
    const evolution = rule.evolve(before, recharge!, scene)
    expect(evolution.grants).toHaveLength(grants)
    expect(evolution.state).toEqual(active)
  })

  test('another band gives nothing, and is remembered', () => {
    const other = bandRule('b', RECENCY, 'lapsed')
    expect(other.evolve(undefined, recharge!, scene)).toEqual({ state: active, grants: [] })
  })

  test('a first event that stays in the band of nothing gives nothing', () => {
    const monetary = TELCO.scores.find(({ id }) => id === 'monetary')!
    const [bare] = [event('recharge', '2026-11-23 09:00')]
    expect(bandRule('b', monetary, 'none').evolve(undefined, bare!, sceneAfter([bare!], monetary))).toEqual({
      state: { band: 'none', next: null },
      grants: [],
    })
  })

  test('it looks at the events of its score, whether it is in force or not', () => {
    const engagement = TELCO.scores.find(({ id }) => id === 'engagement')!
    expect([rule.on, bandRule('b', engagement, 'daily').on]).toEqual(['recharge', null])
    expect(rule.watches).toBe(true)
  })
})

describe('by time alone', () => {
  const rule = bandRule('b', RECENCY, 'recent')
  const scene = sceneAfter(recharges('2026-11-23 09:00'))

  test.each<[number | null, number | null]>([
    [null, null],
    [day('2026-11-27'), instant('2026-11-27 00:00')],
  ])('of day %s is due at %s', (next, due) => {
    expect(rule.timer!.due({ band: 'active', next }, TELCO.zone)).toBe(due)
  })

  test('coming into the band gives the badge, under the day', () => {
    const at = instant('2026-11-27 00:00')
    expect(rule.timer!.elapse({ band: 'active', next: day('2026-11-27') }, at, scene)).toMatchObject({
      state: { band: 'recent', next: day('2026-12-01') },
      grants: [{ occurrence: '2026-11-27', receipt: { value: 40_000, day: day('2026-11-27') } }],
    })
  })

  test('leaving it gives nothing', () => {
    const at = instant('2026-12-01 00:00')
    expect(rule.timer!.elapse({ band: 'recent', next: day('2026-12-01') }, at, scene)).toEqual({
      state: { band: 'cooling', next: day('2026-12-08') },
      grants: [],
    })
  })
})

describe('through the fold', () => {
  const SCORES = `wallets: [points]
scores:
  - { id: recency, kind: recency, on: recharge, steps: [{ atMost: 1, score: 2 }, { atMost: 3, score: 1 }], bands: [{ from: 2, name: fresh }, { from: 1, name: stale }, { from: 0, name: gone }] }
  - { id: sum, kind: monetary, on: recharge, days: 3, steps: [{ atLeast: 100, score: 1 }], bands: [{ from: 1, name: high }, { from: 0, name: low }] }
  - { id: any, kind: engagement, days: 2, bands: [{ from: 2, name: busy }, { from: 0, name: quiet }] }
  - { id: weight, kind: decayed, on: recharge, days: 30, halfLifeDays: 1, bands: [{ from: 50, name: heavy }, { from: 0, name: light }] }
badges:
`

  /** When a badge is given, as local times of Dhaka. */
  function given(badge: string, events: readonly ReturnType<typeof event>[], until: string) {
    const program = programWith(`${SCORES}  - { id: b, kind: band, ${badge} }`)
    const { outcomes } = foldAll(NEW_GAME, events, program, instant(until))
    return outcomes.map(({ at }) => new Date(at + 6 * 3_600_000).toISOString().slice(0, 16))
  }

  const once = recharges('2026-11-23 09:00')
  const twice = recharges('2026-11-23 09:00', '2026-11-26 10:00')

  test.each<[string, string, readonly ReturnType<typeof event>[], string, string[]]>([
    ['a fresh recharge', 'score: recency, band: fresh', once, '2026-12-31 00:00', ['2026-11-23T09:00']],
    ['time, to the instant', 'score: recency, band: stale', once, '2026-11-25 00:00', ['2026-11-25T00:00']],
    ['not a moment before', 'score: recency, band: stale', once, '2026-11-24 23:59:59.999', []],
    ['the last band', 'score: recency, band: gone', once, '2026-12-31 00:00', ['2026-11-27T00:00']],
    [
      'each time anew',
      'score: recency, band: stale',
      twice,
      '2026-12-31 00:00',
      ['2026-11-25T00:00', '2026-11-28T00:00'],
    ],
    ['not what a recharge keeps away', 'score: recency, band: gone', twice, '2026-11-29 23:59', []],
    [
      'a sum that leaves its window',
      'score: sum, band: low',
      [event('recharge', '2026-11-23 09:00', 100), event('recharge', '2026-11-24 09:00', 60)],
      '2026-12-31 00:00',
      ['2026-11-26T00:00'],
    ],
    [
      'any type of event, where the score takes any',
      'score: any, band: busy',
      [event('app_login', '2026-11-23 09:00'), event('unheard_of', '2026-11-24 09:00')],
      '2026-12-31 00:00',
      ['2026-11-24T09:00'],
    ],
    [
      'decay that comes to a bound exactly',
      'score: weight, band: light',
      [event('recharge', '2026-11-23 09:00', 200)],
      '2026-12-31 00:00',
      ['2026-11-26T00:00'],
    ],
    [
      'nothing after the rule’s end',
      'score: recency, band: gone, until: 2026-11-26T23:59:59.999',
      once,
      '2026-12-31 00:00',
      [],
    ],
    [
      'time at the rule’s very end',
      'score: recency, band: gone, until: 2026-11-27T00:00',
      once,
      '2026-12-31 00:00',
      ['2026-11-27T00:00'],
    ],
    ['no event of it', 'score: recency, band: fresh, until: 2026-11-23T09:00', once, '2026-12-31 00:00', []],
    [
      'no first event that stays in the band of nothing',
      'score: sum, band: low',
      [event('recharge', '2026-11-23 09:00', 60), event('recharge', '2026-11-23 10:00', 30)],
      '2026-12-31 00:00',
      [],
    ],
    ['nothing where nothing was done', 'score: recency, band: gone', [], '2026-12-31 00:00', []],
  ])('%s', (_, badge, events, until, times) => {
    expect(given(badge, events, until)).toEqual(times)
  })

  test.each<[string, string, readonly string[], string[]]>([
    ['who stays in the band gives nothing', '2026-11-24T00:00', ['2026-11-23 09:00', '2026-11-24 09:00'], []],
    ['who was in it all along, neither', '2026-11-24T00:00', ['2026-11-23 09:00'], []],
    [
      'who left it by time alone, and is won back',
      '2026-11-26T00:00',
      ['2026-11-23 09:00', '2026-11-26 10:00'],
      ['2026-11-26T10:00'],
    ],
    [
      'who left it before, and again later',
      '2026-11-26T00:00',
      ['2026-11-20 09:00', '2026-11-26 10:00', '2026-11-30 11:00'],
      ['2026-11-26T10:00', '2026-11-30T11:00'],
    ],
    ['who begins after it', '2026-11-23T09:00', ['2026-11-23 09:00'], ['2026-11-23T09:00']],
    ['who begins before it', '2026-11-23T09:00:00.001', ['2026-11-23 09:00'], []],
  ])('from some time on: %s', (_, from, times, expected) => {
    const badge = `score: recency, band: fresh, from: ${from}`
    expect(given(badge, recharges(...times), '2026-12-31 00:00')).toEqual(expected)
  })

  test('time that crosses before the rule begins gives nothing, nor does it later', () => {
    const from = (time: string) =>
      given(`score: recency, band: stale, from: ${time}`, once, '2026-12-31 00:00')
    expect(from('2026-11-25T00:00')).toEqual(['2026-11-25T00:00'])
    expect(from('2026-11-25T00:00:00.001')).toEqual([])
  })

  test('the score is followed beyond the rule’s end', () => {
    const program = programWith(
      `${SCORES}  - { id: b, kind: band, score: recency, band: stale, until: 2026-11-24T00:00 }`,
    )
    const end = (until: string) => foldAll(NEW_GAME, once, program, instant(until))
    expect(end('2026-11-24 00:00').state.due).toBe(instant('2026-11-25 00:00'))
    expect(end('2026-11-26 00:00').state.rules.b).toEqual({ band: 'stale', next: day('2026-11-27') })
    expect(end('2026-12-31 00:00').outcomes).toEqual([])
  })

  describe.each([
    [
      'before it',
      'points: [{ id: fragile, on: recharge, amount: double(event.metadata.share), wallet: points }]',
    ],
    [
      'after it',
      'missions: [{ id: fragile, on: recharge, when: double(event.metadata.share) > 0.0, objective: { count: events, target: 9 }, window: once }]',
    ],
  ])('an event that a rule %s fails on', (_, rules) => {
    const failing = event('recharge', '2026-11-23 09:00', 10)
    const fails = (skips: boolean, ...events: readonly ReturnType<typeof event>[]) => {
      const lists = skips ? rules.replace(', on:', ', onError: skip, on:') : rules
      const program = programWith(`${SCORES}  - { id: b, kind: band, score: recency, band: fresh }\n${lists}`)
      const { outcomes, state } = foldAll(NEW_GAME, [failing, ...events], program)
      return { told: outcomes.map(({ kind, at }) => [kind, at]), band: state.rules.b }
    }

    test('moves the band, and gives nothing', () => {
      expect(fails(false)).toEqual({
        told: [['failed', failing.at]],
        band: { band: 'fresh', next: day('2026-11-25') },
      })
    })

    test('is not made up for by the next one', () => {
      const next = event('recharge', '2026-11-23 10:00', 10, { share: 1 })
      expect(fails(false, next).told.filter(([kind]) => kind === 'badge')).toEqual([])
    })

    test('gives the badge where that rule is skipped', () => {
      expect(fails(true).told).toEqual([['badge', failing.at]])
    })
  })
})

test('the level held is 1 while the score is in the band', () => {
  const rule = bandRule('b', RECENCY, 'active')
  expect(rule.level!({ band: 'active', next: null })).toBe(1)
  expect(rule.level!({ band: 'recent', next: null })).toBe(0)
})
