import { describe, expect, test } from 'vitest'
import type { LaurelError } from '#domain/error.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { ending } from './ending.ts'
import { event, programWith } from './telco.ts'

const HEAD = 'wallets: [points]\nleaderboards:\n'
const board = (settings: string) => programWith(`${HEAD}  - { id: sums, sum: value, on: play, ${settings} }`)

/** Each total by its period. */
function totals(settings: string, plays: readonly (readonly [time: string, value?: number])[]) {
  const events = plays.map(([time, value]) => event('play', time, value))
  const { standings } = ending(board(settings), events)
  return standings.map(({ period, total }) => [period, total / 10_000])
}

describe('a board by value', () => {
  const DAYS = [
    ['2026-11-02 00:00', 10],
    ['2026-11-08 23:59:59.999', 20],
    ['2026-11-12 00:00', -5],
    ['2026-12-01 00:00', 40],
  ] as const

  test.each<[string, [string, number][]]>([
    [
      'period: day',
      [
        ['2026-11-02', 10],
        ['2026-11-08', 20],
        ['2026-11-12', -5],
        ['2026-12-01', 40],
      ],
    ],
    [
      'period: week',
      [
        ['2026-W45', 30],
        ['2026-W46', -5],
        ['2026-W49', 40],
      ],
    ],
    [
      'period: month',
      [
        ['2026-11', 25],
        ['2026-12', 40],
      ],
    ],
    [
      'period: { days: 10, starting: 2026-11-02 }',
      [
        ['2026-11-02..2026-11-11', 30],
        ['2026-11-12..2026-11-21', -5],
        ['2026-11-22..2026-12-01', 40],
      ],
    ],
    ['period: all', [['all', 65]]],
  ])('sums up each %s', (settings, expected) => {
    expect(totals(settings, DAYS)).toEqual(expected)
  })

  test.each<[string, string, [string, number][]]>([
    ['those that meet its condition', 'period: all, when: event.value > 0.0', [['all', 70]]],
    ['from its beginning, which is included', 'period: all, from: 2026-11-12T00:00', [['all', 35]]],
    ['before its end, which is not', 'period: all, until: 2026-11-12T00:00', [['all', 30]]],
  ])('counts only %s', (_, settings, expected) => {
    expect(totals(settings, DAYS)).toEqual(expected)
  })

  test('stands where a value reached its present height: one without a value, or of zero, moves nothing', () => {
    const reached = event('play', '2026-11-02 10:00', 10)
    const events = [event('play', '2026-11-02 09:00', 30), reached, event('play', '2026-11-02 11:00', 0)]
    const { standings } = ending(board('period: day'), [...events, event('play', '2026-11-02 12:00')])
    const { at, identity } = reached
    expect(standings).toEqual([{ board: 'sums', period: '2026-11-02', total: 400_000, at, identity }])
  })

  test('has no events of another type, and no points', () => {
    const program = programWith(`wallets: [points]
points: [{ id: p, on: play, amount: '5.0', wallet: points }]
leaderboards: [{ id: sums, sum: value, on: visit, period: all }]`)
    expect(foldAll(NEW_GAME, [event('play', '2026-11-02 10:00', 10)], program).standings).toEqual([])
  })

  test('counts no event that a rule cannot be evaluated on, its own condition included, unless it skips errors', () => {
    const without = event('play', '2026-11-02 09:00', 10)
    const events = [without, event('play', '2026-11-02 10:00', 5, { level: 3 })]
    const settings = 'period: all, when: event.metadata.level > 2.0'
    const { outcomes, standings } = foldAll(NEW_GAME, events, board(settings))
    expect(outcomes).toMatchObject([{ kind: 'failed', rule: 'sums', identity: without.identity }])
    expect(standings).toMatchObject([{ total: 50_000 }])
    const skipping = foldAll(NEW_GAME, events, board(`${settings}, onError: skip`))
    expect([skipping.outcomes, skipping.standings]).toMatchObject([[], [{ total: 50_000 }]])
  })
})

describe('a board of a segment', () => {
  const SEGMENTS = `wallets: [points]
attributes: [{ id: plan, on: plan, type: string, value: event.metadata.plan, default: none }]
segments:
  - { id: gold, when: customer.attributes.plan == "gold" }
  - { id: hundred, when: wallets.points.earned >= 100.0 }
  - { id: divided, when: 1 / int(wallets.points.spent) > 0 }
points: [{ id: p, on: play, amount: event.value, wallet: points }]
leaderboards:
  - { id: of-all, wallet: points, period: all }
  - { id: of-gold, wallet: points, segment: gold, period: all }
  - { id: gold-plays, sum: value, on: play, segment: gold, period: all }
  - { id: of-hundred, wallet: points, segment: hundred, period: all }
  - { id: of-divided, wallet: points, segment: divided, period: all }`
  const program = programWith(SEGMENTS)
  const plan = (time: string, name: string) => event('plan', time, undefined, { plan: name })

  test('counts what comes while the customer is in it, whatever order events arrive in', () => {
    const { standings } = ending(program, [
      event('play', '2026-11-02 09:00', 60),
      plan('2026-11-02 10:00', 'gold'),
      event('play', '2026-11-02 11:00', 40),
      plan('2026-11-02 12:00', 'basic'),
      event('play', '2026-11-02 13:00', 5),
    ])
    expect(Object.fromEntries(standings.map(({ board, total }) => [board, total / 10_000]))).toEqual({
      'of-all': 105,
      'of-gold': 40,
      'gold-plays': 40,
      // The award that takes the customer into it counts, and what was earned before does not.
      'of-hundred': 45,
    })
  })

  test('is told of by what is known', () => {
    expect(() => programWith(SEGMENTS.replace('segment: gold,', 'segment: silver,'))).toThrow(
      'leaderboards.of-gold.segment: no segment is named silver. There are gold, hundred and divided.',
    )
  })
})

test.each<[string, string, string]>([
  ['nothing', 'period: day', 'expected either wallet: points, or sum: value with the event type'],
  ['both', 'wallet: points, sum: value, on: play, period: day', 'expected either wallet: points, or sum'],
  ['values of no type', 'sum: value, period: day', 'expected on: the event type whose values this board'],
  ['another sum', 'sum: points, on: play, period: day', 'leaderboards.sums.sum: expected sum: value'],
  ['another wallet', 'wallet: gold, period: day', 'leaderboards.sums.wallet: no wallet is named gold'],
  [
    'a wallet by a condition',
    'wallet: points, period: day, when: event.value > 1.0',
    'leaderboards.sums.when: a board by wallet ranks all that is earned into it: leave this out',
  ],
  [
    'a wallet for a time',
    'wallet: points, period: day, from: 2026-11-02T00:00',
    'leaderboards.sums.from: a board by wallet ranks all that is earned into it: leave this out',
  ],
  [
    'a broken condition',
    'sum: value, on: play, when: event.valu > 1.0, period: day',
    'leaderboards.sums.when: ',
  ],
  [
    'a period that is none',
    'wallet: points, period: year',
    'leaderboards.sums.period: expected day, week, month, all, or { days: 10, starting: 2026-11-02 }',
  ],
])('a board that ranks %s is refused', (_, settings, expected) => {
  let message = ''
  try {
    programWith(`${HEAD}  - { id: sums, ${settings} }`)
  } catch (error) {
    message = (error as LaurelError).message
  }
  expect(message).toContain(expected)
})
