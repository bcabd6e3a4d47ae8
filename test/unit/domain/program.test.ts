import { describe, expect, test } from 'vitest'
import { LaurelError } from '#domain/error.ts'
import { parseProgram } from '#domain/program.ts'
import { TELCO } from './telco.ts'

/** A right one, to be spoilt line by line. */
const PROGRAM = `program: shop
zone: Asia/Dhaka
wallets: [points, coins]
scores:
  - id: recency
    kind: recency
    on: recharge
    steps:
      - { atMost: 3, score: 5 }
      - { score: 1 }
    bands: [{ from: 5, name: active }, { from: 0, name: idle }]
points:
  - id: recharge-points
    on: recharge
    when: event.value >= 10.0
    amount: floor(event.value / 10.0)
    wallet: points
    cap: { amount: 100, per: day }
badges:
  - { id: first-recharge, kind: first, on: recharge }
  - id: login-streak
    kind: day-streak
    on: app_login
    levels: [3, 7]
missions:
  - id: weekly-data
    on: data_usage
    objective: { sum: value, target: 5120 }
    window: week
    reward: { wallet: coins, amount: 50 }
leaderboards:
  - { id: coins-week, wallet: coins, period: week }
`

/** The mistakes of the program with some of its lines written otherwise. */
function mistakes(...changes: readonly (readonly [right: string, wrong: string])[]): string[] {
  const text = changes.reduce((all, [right, wrong]) => {
    if (!all.includes(right)) throw new Error(`${right} is not in the program`)
    return all.replace(right, wrong)
  }, PROGRAM)
  return mistakesOf(text)
}

function mistakesOf(text: string): string[] {
  try {
    parseProgram('program.yaml', text, 'v')
  } catch (error) {
    if (error instanceof LaurelError && error.code === 'PROGRAM_INVALID') return error.message.split('\n')
    throw error
  }
  return []
}

describe('a program', () => {
  const program = parseProgram('program.yaml', PROGRAM, 'v1')

  test('says what it is made of', () => {
    expect(program).toMatchObject({
      name: 'shop',
      version: 'v1',
      wallets: ['points', 'coins'],
      scores: [
        {
          id: 'recency',
          kind: 'recency',
          on: 'recharge',
          days: Number.POSITIVE_INFINITY,
          steps: [
            { bound: 'atMost', limit: 3, score: 5 },
            { bound: 'always', limit: 0, score: 1 },
          ],
        },
      ],
      badges: [
        { id: 'first-recharge', levels: null },
        { id: 'login-streak', levels: [3, 7] },
      ],
      missions: [{ id: 'weekly-data', objectives: [{ measure: 'sum', target: 51_200_000 }], needed: 1 }],
      boards: [{ id: 'coins-week', wallet: 'coins', period: 'week' }],
    })
    expect(program.zone.name).toBe('Asia/Dhaka')
  })

  test('keeps the rules of a type in the order points, badges, missions, and each in that of the file', () => {
    const ids = [...program.rulesByType].map(([type, rules]) => [type, rules.map(({ id }) => id)])
    expect(Object.fromEntries(ids)).toEqual({
      recharge: ['recharge-points', 'first-recharge'],
      app_login: ['login-streak'],
      data_usage: ['weekly-data'],
    })
  })

  test('may leave out every list but that of the wallets', () => {
    expect(mistakesOf('program: bare\nzone: UTC\nwallets: [points]')).toEqual([])
  })
})

test('the starter program has the rules it is to have', () => {
  expect(TELCO.scores.map(({ id }) => id)).toEqual(['recency', 'frequency', 'monetary', 'engagement'])
  expect([...TELCO.rulesByType.values()].flat().map(({ id }) => id)).toEqual([
    'recharge-points',
    'first-recharge',
    'login-streak',
    'weekly-data',
    'kyc',
  ])
  expect(TELCO.boards.map(({ id, period }) => [id, period])).toEqual([
    ['points-week', 'week'],
    ['points-all', 'all'],
  ])
})

describe('a mistake is told with its place', () => {
  const EXPRESSION = 'expected an expression that gives a'

  test.each<[string, [string, string], string]>([
    [
      'a wrong zone',
      ['Asia/Dhaka', 'Asia/Daka'],
      '2:7 zone: expected an IANA time zone such as Asia/Dhaka, got Asia/Daka',
    ],
    [
      'no wallet at all',
      ['[points, coins]', '[]'],
      '3:10 wallets: Too small: expected array to have >=1 items',
    ],
    [
      'points into a wallet that is not there',
      ['wallet: points', 'wallet: gold'],
      '17:13 points.0.wallet: no wallet is named gold; there are points, coins',
    ],
    [
      'a reward into one',
      ['{ wallet: coins, amount: 50 }', '{ wallet: gold, amount: 50 }'],
      '30:23 missions.0.reward.wallet: no wallet is named gold; there are points, coins',
    ],
    [
      'a board of one',
      ['wallet: coins, period', 'wallet: gold, period'],
      '32:31 leaderboards.0.wallet: no wallet is named gold; there are points, coins',
    ],
    [
      'an id that is taken',
      ['id: weekly-data', 'id: recency'],
      '26:9 missions.0.id: recency names something else already; choose an id of its own',
    ],
    [
      'an id with capitals',
      ['id: weekly-data', 'id: Weekly'],
      '26:9 missions.0.id: expected an id of small letters, digits and -',
    ],
    [
      'an id that JavaScript’s objects have',
      ['id: weekly-data', 'id: constructor'],
      '26:9 missions.0.id: this name means something else in JavaScript; choose another',
    ],
    [
      'a type that they have',
      ['on: app_login', 'on: __proto__'],
      '23:9 badges.1.on: this name means something else in JavaScript; choose another',
    ],
    ['bad CEL', ['event.value >= 10.0', 'event.value >='], '15:11 points.0.when: Unexpected token: EOF'],
    [
      'a condition that is no bool',
      ['event.value >= 10.0', 'event.value'],
      `15:11 points.0.when: ${EXPRESSION} bool, and this one gives double`,
    ],
    [
      'an unknown field of the event',
      ['floor(event.value / 10.0)', 'event.amount'],
      '16:13 points.0.amount: No such key: amount',
    ],
    [
      'an amount of whole numbers',
      ['floor(event.value / 10.0)', '"10"'],
      `16:13 points.0.amount: ${EXPRESSION} double, and this one gives int: write whole numbers as 10.0`,
    ],
    [
      'an amount that is no text',
      ['floor(event.value / 10.0)', '10'],
      '16:13 points.0.amount: Invalid input: expected string, received number',
    ],
    [
      'a cap below zero',
      ['amount: 100', 'amount: -100'],
      '18:20 points.0.cap.amount: Too small: expected number to be >0',
    ],
    [
      'a cap per what is no period',
      ['per: day', 'per: hour'],
      '18:30 points.0.cap.per: Invalid option: expected one of "day"|"week"|"month"|"all"',
    ],
    [
      'a cap for ever by another word',
      ['per: day', 'per: once'],
      '18:30 points.0.cap.per: Invalid option: expected one of "day"|"week"|"month"|"all"',
    ],
    [
      'an unknown setting',
      ['window: week', 'window: week\n    segment: vip'],
      '30:14 missions.0.segment: no such setting is known here',
    ],
    [
      'a mission that is repeated in a way that is none',
      ['window: week', 'window: week\n    repeat: true'],
      '30:13 missions.0.repeat: Invalid option: expected one of "never"|"window"|"always"',
    ],
    ['an unknown list', ['missions:', 'quests:'], '26:3 quests: no such setting is known here'],
    [
      'a setting of another kind of badge',
      ['on: recharge }', 'on: recharge, levels: [1] }'],
      '20:62 badges.0.levels: no such setting is known here',
    ],
    [
      'a kind of badge that is not there',
      ['kind: first', 'kind: last'],
      "20:33 badges.0.kind: Invalid discriminator value. Expected 'first' | 'every' | 'streak' | 'count' | 'sum' | 'day-streak' | 'periods' | 'band'",
    ],
    [
      'levels out of order',
      ['[3, 7]', '[7, 3]'],
      '24:13 badges.1.levels: expected levels in ascending order',
    ],
    ['a level twice', ['[3, 7]', '[3, 3]'], '24:13 badges.1.levels: expected levels in ascending order'],
    [
      'a level of no days',
      ['[3, 7]', '[0, 7]'],
      '24:14 badges.1.levels.0: Too small: expected number to be >=1',
    ],
    [
      'an objective of neither form',
      ['sum: value', 'sum: count'],
      '28:16 missions.0.objective: expected { sum: value, target: 5120 }, { count: events, target: 3 }, { count: days, target: 5 }, { distinct: metadata.city, target: 3 } or { streak: events, target: 4 }',
    ],
    [
      'a target of zero',
      ['target: 5120', 'target: 0'],
      '28:38 missions.0.objective.target: Too small: expected number to be >0',
    ],
    [
      'a window that is none',
      ['window: week', 'window: weekly'],
      '29:13 missions.0.window: expected day, week, month, once, { days: 10, starting: 2026-11-02 }, { days: 30, from: first-match } or { days: 30, from: { on: campaign_joined } }',
    ],
    [
      'two bounds in one step',
      ['atMost: 3,', 'atMost: 3, atLeast: 1,'],
      '9:9 scores.0.steps.0: expected one of atMost, atLeast and above',
    ],
    [
      'a step without a score',
      ['{ score: 1 }', '{ atMost: 9 }'],
      '10:9 scores.0.steps.1.score: Invalid input: expected number, received undefined',
    ],
    [
      'a band twice',
      ['from: 0', 'from: 5'],
      '11:12 scores.0.bands: expected bands in descending order of from',
    ],
    [
      'bands out of order',
      ['from: 0', 'from: 6'],
      '11:12 scores.0.bands: expected bands in descending order of from',
    ],
    [
      'a setting that is missing',
      ['    window: week\n', ''],
      '26:5 missions.0.window: expected day, week, month, once, { days: 10, starting: 2026-11-02 }, { days: 30, from: first-match } or { days: 30, from: { on: campaign_joined } }',
    ],
    ['a key twice', ['zone: Asia/Dhaka', 'zone: Asia/Dhaka\nzone: UTC'], '3:1 Map keys must be unique'],
    [
      'an alias that leads nowhere',
      ['[points, coins]', '*wallets'],
      '1:1 Unresolved alias (the anchor must be set before the alias): wallets',
    ],
  ])('%s', (_, change, mistake) => {
    expect(mistakes(change)).toEqual([`program.yaml:${mistake}`])
  })

  test('an empty file', () => {
    expect(mistakesOf('')).toEqual(['program.yaml:1:1 Invalid input: expected object, received null'])
  })
})

describe('all mistakes are told at once', () => {
  test('of form', () => {
    expect(
      mistakes(['program: shop', 'program: Shop'], ['per: day', 'per: hour'], ['[3, 7]', '[7, 3]']),
    ).toEqual([
      'program.yaml:1:10 program: expected an id of small letters, digits and -',
      'program.yaml:18:30 points.0.cap.per: Invalid option: expected one of "day"|"week"|"month"|"all"',
      'program.yaml:24:13 badges.1.levels: expected levels in ascending order',
    ])
  })

  test('of meaning', () => {
    expect(
      mistakes(
        ['Asia/Dhaka', 'Nowhere'],
        ['id: coins-week', 'id: recency'],
        ['wallet: points', 'wallet: gold'],
        ['event.value >= 10.0', 'event.valu > 1.0'],
        ['floor(event.value / 10.0)', '"true"'],
      ),
    ).toEqual([
      'program.yaml:32:11 leaderboards.0.id: recency names something else already; choose an id of its own',
      'program.yaml:17:13 points.0.wallet: no wallet is named gold; there are points, coins',
      'program.yaml:2:7 zone: expected an IANA time zone such as Asia/Dhaka, got Nowhere',
      'program.yaml:15:11 points.0.when: No such key: valu',
      'program.yaml:16:13 points.0.amount: expected an expression that gives a double, and this one gives bool',
    ])
  })
})
