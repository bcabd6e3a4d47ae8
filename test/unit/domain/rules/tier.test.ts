import { describe, expect, test } from 'vitest'
import type { Event } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { NO_EVENT } from '#domain/position.ts'
import { decided, event, instant, programWith } from '../telco.ts'

/** Points as many as a recharge is worth; fees earn coins. */
const LISTS = `wallets: [points, coins]
scores:
  - { id: days, kind: engagement, on: call, days: 3, bands: [{ from: 0, name: any }] }
  - { id: age, kind: tenure, bands: [{ from: 0, name: any }] }
  - { id: owed, kind: decayed, on: fee, days: 9, halfLifeDays: 1, bands: [{ from: 0, name: any }] }
points:
  - { id: all, on: recharge, amount: event.value, wallet: points }
  - { id: later, on: call, amount: event.value, wallet: points, availableAfterDays: 5 }
  - { id: other, on: fee, amount: event.value, wallet: coins }
missions:
  - { id: kyc, on: kyc, objective: { count: events, target: 1 }, window: once, reward: { wallet: points, amount: 100 } }
`
const LEVELS = 'levels: [{ name: silver, from: 100 }, { name: gold, from: 300 }, { name: black, from: 1000 }]'

const tierOf = (settings: string) => programWith(`${LISTS}tiers: [{ id: tier, ${settings} }]`)

/** What the tier said until a day: `day level occurrence` where time alone made it, with the hour where an event did. */
function told(settings: string, events: readonly Event[], until = '2026-12-31 00:00'): string[] {
  const { outcomes } = foldAll(NEW_GAME, events, tierOf(settings), instant(until))
  return outcomes
    .filter(({ rule }) => rule === 'tier')
    .map(({ at, identity, level, occurrence, kind }) => {
      expect(kind).toBe('tier')
      const local = new Date(at + 6 * 3_600_000).toISOString()
      return `${local.slice(5, identity === NO_EVENT ? 10 : 16)} ${level} ${occurrence}`
    })
}

const recharge = (day: string, value: number) => event('recharge', `2026-${day}`, value)

describe('a tier by a wallet', () => {
  const held = `wallet: points, ${LEVELS}`

  test.each<[string, Event[], string[]]>([
    ['nothing below the first level', [recharge('11-02 09:00', 99.9999)], []],
    ['a level, its bound included', [recharge('11-02 09:00', 100)], ['11-02T09:00 1 1']],
    [
      'the highest level that is reached, once, whichever lie below it',
      [recharge('11-02 09:00', 50), recharge('11-03 09:00', 250), recharge('11-04 09:00', 1)],
      ['11-03T09:00 2 2'],
    ],
    [
      'one level after the other',
      [recharge('11-02 09:00', 100), recharge('11-03 09:00', 900)],
      ['11-02T09:00 1 1', '11-03T09:00 3 3'],
    ],
    ['pending points', [event('call', '2026-11-02 09:00', 100)], ['11-02T09:00 1 1']],
    ['what a mission rewards in the same event', [event('kyc', '2026-11-02 09:00')], ['11-02T09:00 1 1']],
    ['nothing of another wallet', [event('fee', '2026-11-02 09:00', 500)], []],
    ['nothing by hand', [decided('laurel.adjust', '2026-11-02 09:00', 500)], []],
    [
      'what was reached, whatever is spent',
      [
        recharge('11-02 09:00', 100),
        decided('laurel.spend', '2026-11-02 10:00', 100),
        recharge('11-03 09:00', 200),
      ],
      ['11-02T09:00 1 1', '11-03T09:00 2 2'],
    ],
  ])('held for good tells %s', (_, events, expected) => {
    expect(told(held, events)).toEqual(expected)
  })

  test('counts what is earned from its beginning to its end', () => {
    const events = [recharge('11-02 09:00', 290), recharge('11-03 09:00', 100), recharge('11-04 09:00', 200)]
    expect(told(`${held}, from: 2026-11-03T00:00`, events)).toEqual(['11-03T09:00 1 1', '11-04T09:00 2 2'])
    expect(told(`${held}, until: 2026-11-04T09:00`, events)).toEqual(['11-02T09:00 1 1', '11-03T09:00 2 2'])
  })

  const again = `${held}, per: month, graceDays: 10`

  test.each<[string, Event[], string[]]>([
    [
      'is held for the rest of the month, the next month, and the days of grace',
      [recharge('08-31 23:59', 100)],
      ['08-31T23:59 1 2026-08/1', '10-11 0 fell/2026-10-11'],
    ],
    [
      'counts each month for itself',
      [recharge('08-31 09:00', 60), recharge('09-01 00:00', 60), recharge('09-02 00:00', 40)],
      ['09-02T00:00 1 2026-09/1', '11-11 0 fell/2026-11-11'],
    ],
    [
      'stays, without a word, where it is reached again',
      [recharge('08-10 09:00', 100), recharge('09-30 23:59', 100)],
      ['08-10T09:00 1 2026-08/1', '11-11 0 fell/2026-11-11'],
    ],
    [
      'stays where it is reached again within the grace',
      [recharge('08-10 09:00', 100), recharge('10-10 23:59', 100)],
      ['08-10T09:00 1 2026-08/1', '12-11 0 fell/2026-12-11'],
    ],
    [
      'is lost and won again where that comes too late',
      [recharge('08-10 09:00', 100), recharge('10-11 00:00', 100)],
      [
        '08-10T09:00 1 2026-08/1',
        '10-11 0 fell/2026-10-11',
        '10-11T00:00 1 2026-10/1',
        '12-11 0 fell/2026-12-11',
      ],
    ],
    [
      'falls to what was reached since, over several levels',
      [recharge('08-10 09:00', 1000), recharge('09-10 09:00', 100)],
      ['08-10T09:00 3 2026-08/3', '10-11 1 fell/2026-10-11', '11-11 0 fell/2026-11-11'],
    ],
    [
      'falls to the best of what was reached since',
      [recharge('08-10 09:00', 1000), recharge('09-10 09:00', 100), recharge('10-10 09:00', 300)],
      ['08-10T09:00 3 2026-08/3', '10-11 2 fell/2026-10-11', '12-11 0 fell/2026-12-11'],
    ],
    [
      'rises at once within a month, level by level',
      [recharge('08-10 09:00', 100), recharge('08-11 09:00', 200), recharge('09-01 09:00', 1000)],
      [
        '08-10T09:00 1 2026-08/1',
        '08-11T09:00 2 2026-08/2',
        '09-01T09:00 3 2026-09/3',
        '11-11 0 fell/2026-11-11',
      ],
    ],
  ])('to be earned again %s', (_, events, expected) => {
    expect(told(again, events)).toEqual(expected)
  })

  test.each<[string, string, string]>([
    ['no grace', 'per: month', '10-01 0 fell/2026-10-01'],
    ['weeks', 'per: week, graceDays: 1', '09-15 0 fell/2026-09-15'],
    ['days', 'per: day', '09-02 0 fell/2026-09-02'],
    ['so many days', 'per: { days: 10, starting: 2026-08-25 }, graceDays: 3', '09-17 0 fell/2026-09-17'],
  ])('to be earned again with %s falls in time', (_, per, expected) => {
    const [, fell] = told(`${held}, ${per}`, [recharge('08-31 09:00', 100)])
    expect(fell).toBe(expected)
  })

  test('falls no more once its rule has ended', () => {
    const events = [recharge('08-10 09:00', 100)]
    expect(told(`${again}, until: 2026-10-10T23:59`, events)).toEqual(['08-10T09:00 1 2026-08/1'])
    expect(told(`${again}, until: 2026-10-11T00:00`, events)).toHaveLength(2)
  })

  test('is taken back by a correction alone', () => {
    const events = [recharge('11-02 09:00', 60), recharge('11-03 09:00', 60)]
    expect(told(held, events)).toEqual(['11-03T09:00 1 1'])
    expect(told(held, events.slice(1))).toEqual([])
  })
})

const call = (day: string) => event('call', `2026-${day}`)

describe('a tier by a score', () => {
  const levels = 'levels: [{ name: some, from: 1 }, { name: most, from: 2 }]'

  test.each<[string, string, Event[], string[]]>([
    [
      'held for good stays when the score falls',
      'score: days',
      [call('11-02 09:00'), call('11-03 09:00'), call('11-20 09:00')],
      ['11-02T09:00 1 1', '11-03T09:00 2 2'],
    ],
    ['comes by time alone', 'score: age', [call('11-02 09:00')], ['11-02T09:00 1 1', '11-03 2 2']],
    [
      'to be reached again stays while the score is there',
      'score: age, per: week',
      [call('11-02 09:00')],
      ['11-02T09:00 1 2026-W45/1', '11-03 2 2026-W45/2'],
    ],
    [
      'falls after the week that follows the last one with the score there',
      // Calls on Sunday and Monday: two days until Tuesday, one on Wednesday, none from Thursday on.
      'score: days, per: week, graceDays: 1',
      [call('11-08 09:00'), call('11-09 09:00')],
      ['11-08T09:00 1 2026-W45/1', '11-09T09:00 2 2026-W46/2', '11-24 0 fell/2026-11-24'],
    ],
    [
      'falls to the level that was reached later',
      'score: days, per: week',
      [call('11-07 09:00'), call('11-08 09:00'), call('11-17 09:00')],
      [
        '11-07T09:00 1 2026-W45/1',
        '11-08T09:00 2 2026-W45/2',
        '11-23 1 fell/2026-11-23',
        '11-30 0 fell/2026-11-30',
      ],
    ],
    [
      'does not count a week whose first instant the score has left already',
      // The calls of Friday and Saturday are both of the last three days until Sunday.
      'score: days, per: week',
      [call('11-06 09:00'), call('11-07 09:00')],
      [
        '11-06T09:00 1 2026-W45/1',
        '11-07T09:00 2 2026-W45/2',
        '11-16 1 fell/2026-11-16',
        '11-23 0 fell/2026-11-23',
      ],
    ],
    [
      'counts a week at whose first instant an event takes the score away',
      'score: owed, per: week',
      [event('fee', '2026-11-08 09:00', 4), event('fee', '2026-11-09 00:00', -2)],
      ['11-08T09:00 2 2026-W45/2', '11-23 0 fell/2026-11-23'],
    ],
    [
      'begins with the first event from its from on, with the score as it is by then',
      'score: days, from: 2026-11-04T00:00',
      [call('11-02 09:00'), call('11-03 09:00'), call('11-04 09:00')],
      ['11-04T09:00 2 2'],
    ],
  ])('%s', (_, settings, events, expected) => {
    expect(told(`${settings}, ${levels}`, events)).toEqual(expected)
  })
})

test('receipts name the level, what it was reached with, and what was lost', () => {
  const receipts = (settings: string, events: readonly Event[]) =>
    foldAll(NEW_GAME, events, tierOf(settings), instant('2026-12-31 00:00'))
      .outcomes.filter(({ rule }) => rule === 'tier')
      .map(({ receipt }) => receipt)
  const events = [recharge('08-10 09:00', 350), recharge('09-10 09:00', 100)]
  expect(receipts(`wallet: points, ${LEVELS}`, events)).toEqual([
    { name: 'gold', earned: 3_500_000, target: 3_000_000 },
  ])
  expect(receipts(`wallet: points, per: month, ${LEVELS}`, events)).toEqual([
    { name: 'gold', earned: 3_500_000, target: 3_000_000, period: '2026-08' },
    { name: 'silver', fallen: 'gold' },
    { fallen: 'silver' },
  ])
  const below = 'levels: [{ name: deep, from: -1.5 }, { name: even, from: -0.00001 }]'
  const owed = [event('fee', '2026-11-02 09:00', -1.5)]
  expect(receipts(`score: owed, ${below}`, owed)).toEqual([
    { name: 'deep', score: 'owed', value: -15_000, target: -15_000 },
    { name: 'even', score: 'owed', value: 0, target: 0 },
  ])
  expect(receipts(`score: age, per: week, levels: [{ name: new, from: 1 }]`, owed)).toEqual([
    { name: 'new', score: 'age', value: 10_000, target: 10_000, period: '2026-W45' },
  ])
})

test.each<[string, string, string]>([
  [
    'neither wallet nor score',
    LEVELS,
    'tiers.tier: a tier goes by what was earned into a wallet, or by a score',
  ],
  ['both', `wallet: points, score: days, ${LEVELS}`, 'tiers.tier.score: a tier goes by'],
  [
    'no such wallet',
    `wallet: point, ${LEVELS}`,
    'tiers.tier.wallet: no wallet is named point. Did you mean points?',
  ],
  ['no such score', `score: day, ${LEVELS}`, 'tiers.tier.score: no score is named day. Did you mean days?'],
  ['grace for good', `wallet: points, graceDays: 3, ${LEVELS}`, 'tiers.tier.graceDays: graceDays belong to'],
  [
    'a level of nothing earned',
    'wallet: points, levels: [{ name: member, from: 0 }]',
    'tiers.tier.levels.1.from: expected more than 0',
  ],
  [
    'levels out of order',
    'wallet: points, levels: [{ name: a, from: 2 }, { name: b, from: 2 }]',
    'tiers.tier.levels: expected levels in ascending order of from',
  ],
  [
    'two levels of one name',
    'wallet: points, levels: [{ name: a, from: 1 }, { name: a, from: 2 }]',
    'tiers.tier.levels: expected each level to have a name of its own',
  ],
  ['no period that comes again', `wallet: points, per: all, ${LEVELS}`, 'tiers.tier.per: '],
])('%s is a mistake', (_, settings, message) => {
  expect(() => tierOf(settings)).toThrow(message)
})

test('a program knows the levels of its tiers by name, and carries the scores that they go by', () => {
  const program = tierOf(`score: days, ${LEVELS}`)
  expect([...program.ladders]).toEqual([['tier', ['silver', 'gold', 'black']]])
  expect(program.tracked.map(({ id }) => id)).toEqual(['days'])
})
