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

test('names the types of events whose payload is looked into', () => {
  const { payloadTypes } = parseProgram(
    'program.yaml',
    `program: shop
zone: UTC
wallets: [points]
attributes: [{ id: plan, on: [kyc, crm], type: string, value: event.metadata.plan }]
points:
  - { id: by-app, on: recharge, when: event.metadata.channel == "app", amount: "1.0", wallet: points }
  - { id: by-amount, on: refill, amount: double(event.metadata.cents), wallet: points }
  - { id: plain, on: login, when: event.value > 1.0, amount: event.value, wallet: points }
badges: [{ id: streak, kind: day-streak, on: chat, levels: [3] }]
missions:
  - { id: cities, on: trip, objective: { distinct: metadata.city, target: 2 }, window: week }
  - { id: sources, on: visit, objective: { distinct: source, target: 2 }, window: week }
  - id: welcome
    objectives: [{ on: call, when: has(event.metadata.peer), count: events, target: 2 }]
    window: { days: 7, from: { on: joining } }
leaderboards: [{ id: spenders, sum: value, on: purchase, when: event.metadata.online == true, period: week }]
challenges:
  - { id: race, on: run, when: event.metadata.km > 5, from: "2026-01-01T00:00", until: "2026-02-01T00:00", winners: 1, reward: { wallet: points, amount: 5 } }
aliases: [{ id: nickname, on: profile, alias: event.metadata.nickname }]
`,
    'test',
  )
  const looked = ['kyc', 'crm', 'recharge', 'refill', 'trip', 'call', 'joining', 'purchase', 'run', 'profile']
  expect([...payloadTypes].sort()).toEqual(looked.sort())
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
  test.each<[string, [string, string], string]>([
    [
      'a wrong zone',
      ['Asia/Dhaka', 'Asia/Daka'],
      '2:7 zone: expected an IANA time zone such as Asia/Dhaka, got Asia/Daka: did you mean Asia/Dhaka?',
    ],
    [
      'no wallet at all',
      ['[points, coins]', '[]'],
      '3:10 wallets: expected at least one entry, got an empty list',
    ],
    [
      'points into a wallet that is not there',
      ['wallet: points', 'wallet: gold'],
      '17:13 points.recharge-points.wallet: no wallet is named gold. There are points and coins.',
    ],
    [
      'a reward into one',
      ['{ wallet: coins, amount: 50 }', '{ wallet: gold, amount: 50 }'],
      '30:23 missions.weekly-data.reward.wallet: no wallet is named gold. There are points and coins.',
    ],
    [
      'a board of one',
      ['wallet: coins, period', 'wallet: gold, period'],
      '32:31 leaderboards.coins-week.wallet: no wallet is named gold. There are points and coins.',
    ],
    [
      'an id that is taken',
      ['id: weekly-data', 'id: recency'],
      '26:9 missions.recency.id: recency names something else already: choose an id of its own',
    ],
    [
      'an id with capitals',
      ['id: weekly-data', 'id: Weekly'],
      '26:9 missions.Weekly.id: expected an id of small letters, digits and -, such as weekly, got Weekly',
    ],
    [
      'an id that JavaScript’s objects have',
      ['id: weekly-data', 'id: constructor'],
      '26:9 missions.constructor.id: this name is taken by Laurel itself: choose another',
    ],
    [
      'a type that they have',
      ['on: app_login', 'on: __proto__'],
      '23:9 badges.login-streak.on: this name is taken by Laurel itself: choose another',
    ],
    [
      'bad CEL',
      ['event.value >= 10.0', 'event.value >='],
      '15:25 points.recharge-points.when: something is missing after >=',
    ],
    [
      'a condition that is no bool',
      ['event.value >= 10.0', 'event.value'],
      '15:11 points.recharge-points.when: expected a condition (true or false) such as event.value >= 10.0, and this is a number',
    ],
    [
      'an unknown field of the event',
      ['floor(event.value / 10.0)', 'event.amount'],
      '16:19 points.recharge-points.amount: event has no amount: it is event.value here',
    ],
    [
      'an amount of whole numbers',
      ['floor(event.value / 10.0)', '"10"'],
      '16:14 points.recharge-points.amount: expected a number with a decimal point: write 10 as 10.0',
    ],
    [
      'an amount that is no text',
      ['floor(event.value / 10.0)', '10'],
      "16:13 points.recharge-points.amount: expected an expression: put the number in quotes and with a point, as '10.0', got 10",
    ],
    [
      'a cap below zero',
      ['amount: 100', 'amount: -100'],
      '18:20 points.recharge-points.cap.amount: expected more than 0, got -100',
    ],
    [
      'a cap per what is no period',
      ['per: day', 'per: hour'],
      '18:30 points.recharge-points.cap.per: expected day, week, month or all, got hour',
    ],
    [
      'a cap for ever by another word',
      ['per: day', 'per: once'],
      '18:30 points.recharge-points.cap.per: expected day, week, month or all, got once',
    ],
    [
      'an unknown setting',
      ['window: week', 'window: week\n    segment: vip'],
      '30:5 missions.weekly-data: there is no setting segment here: leave it out. Its settings are id, on, when, objective, objectives, need, window, repeat, requires, reward, rewards, tellMissed, from, until, counts and onError.',
    ],
    [
      'a mission that is repeated in a way that is none',
      ['window: week', 'window: week\n    repeat: true'],
      '30:13 missions.weekly-data.repeat: expected never, window or always, got true',
    ],
    [
      'an unknown list',
      ['missions:', 'misions:'],
      '25:1 a program has no section misions. Did you mean missions?',
    ],
    [
      'a setting of another kind of badge',
      ['on: recharge }', 'on: recharge, levels: [1] }'],
      '20:54 badges.first-recharge: kind: first has no setting levels: leave it out. Its settings are id, on, when, kind, from, until, counts and onError.',
    ],
    [
      'a kind of badge that is not there',
      ['kind: first', 'kind: last'],
      '20:33 badges.first-recharge.kind: expected first, every, streak, count, sum, day-streak, periods or band, got last',
    ],
    [
      'levels out of order',
      ['[3, 7]', '[7, 3]'],
      '24:13 badges.login-streak.levels: expected levels in ascending order, each once, got [7, 3]',
    ],
    [
      'a level twice',
      ['[3, 7]', '[3, 3]'],
      '24:13 badges.login-streak.levels: expected levels in ascending order, each once, got [3, 3]',
    ],
    [
      'a level of no days',
      ['[3, 7]', '[0, 7]'],
      '24:14 badges.login-streak.levels.1: expected at least 1, got 0',
    ],
    [
      'an objective of neither form',
      ['sum: value', 'sum: count'],
      '28:23 missions.weekly-data.objective.sum: expected value, got count',
    ],
    [
      'a target of zero',
      ['target: 5120', 'target: 0'],
      '28:38 missions.weekly-data.objective.target: expected more than 0, got 0',
    ],
    [
      'a target that is kept as zero',
      ['target: 5120', 'target: 0.00001'],
      '28:38 missions.weekly-data.objective.target: expected at least 0.0001, which is the least that is kept, got 0.00001',
    ],
    [
      'a target beyond what sums are exact to',
      ['target: 5120', 'target: 1e300'],
      '28:38 missions.weekly-data.objective.target: expected at most 1000000000, got 1e+300',
    ],
    [
      'a window that is none',
      ['window: week', 'window: weekly'],
      '29:13 missions.weekly-data.window: expected day, week, month, once, { days: 10, starting: 2026-11-02 }, { days: 30, from: first-match } or { days: 30, from: { on: campaign_joined } }, got weekly',
    ],
    [
      'two bounds in one step',
      ['atMost: 3,', 'atMost: 3, atLeast: 1,'],
      '9:9 scores.recency.steps.1: expected one of atMost, atLeast and above in a step, got { atMost: 3, atLeast: 1, score: 5 }',
    ],
    [
      'a step without a score',
      ['{ score: 1 }', '{ atMost: 9 }'],
      '10:9 scores.recency.steps.2: score is missing: add score: 5',
    ],
    [
      'a band twice',
      ['from: 0', 'from: 5'],
      '11:12 scores.recency.bands: expected bands in descending order of from, the highest first, got [{ from: 5, name: active }, { from: 5, name: idle }]',
    ],
    [
      'bands out of order',
      ['from: 0', 'from: 6'],
      '11:12 scores.recency.bands: expected bands in descending order of from, the highest first, got [{ from: 5, name: active }, { from: 6, name: idle }]',
    ],
    [
      'a setting that is missing',
      ['    window: week\n', ''],
      '26:5 missions.weekly-data: window is missing: expected day, week, month, once, { days: 10, starting: 2026-11-02 }, { days: 30, from: first-match } or { days: 30, from: { on: campaign_joined } }',
    ],
    [
      'a key twice',
      ['zone: Asia/Dhaka', 'zone: Asia/Dhaka\nzone: UTC'],
      '3:1 zone stands here twice: keep one of them',
    ],
    [
      'an alias that leads nowhere',
      ['[points, coins]', '*wallets'],
      "3:10 a text that begins with * has to stand in quotes: '*wallets'",
    ],
  ])('%s', (_, change, mistake) => {
    expect(mistakes(change)).toEqual([`program.yaml:${mistake}`])
  })

  test.each([
    [
      'a part of itself',
      'badges: &all\n  - *all\n',
      ['5:5 *all stands within what it repeats (&all): write out what is meant'],
    ],
    [
      'a name that objects have from birth, beside what is no YAML',
      'constructor: 1\nbadges: [\n',
      ['5:9 the [ that stands here is never closed: add ] where it ends'],
    ],
  ])('%s', (_, text, expected) => {
    const start = 'program: shop\nzone: UTC\nwallets: [points]\n'
    const found = mistakesOf(`${start}${text}`).filter((each) => !each.includes('no section'))
    expect(found).toEqual(expected.map((each) => `program.yaml:${each}`))
  })

  test('a list that is no YAML, too long to be read entry by entry', () => {
    const text = `program: shop\nzone: UTC\nwallets:\n${'- a\n'.repeat(10_000)}- "\n`
    expect(mistakesOf(text)).toEqual([
      'program.yaml:10004:3 the text that begins here has no " at its end: add it',
    ])
  })

  test('an empty file', () => {
    expect(mistakesOf('')).toEqual([
      'program.yaml:1:1 expected a program, with program:, zone:, wallets: and so on, got an empty file',
    ])
  })
})

describe('all mistakes are told at once', () => {
  test('of form', () => {
    expect(
      mistakes(['program: shop', 'program: Shop'], ['per: day', 'per: hour'], ['[3, 7]', '[7, 3]']),
    ).toEqual([
      'program.yaml:1:10 program: expected an id of small letters, digits and -, such as shop, got Shop',
      'program.yaml:18:30 points.recharge-points.cap.per: expected day, week, month or all, got hour',
      'program.yaml:24:13 badges.login-streak.levels: expected levels in ascending order, each once, got [7, 3]',
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
      'program.yaml:2:7 zone: expected an IANA time zone such as Asia/Dhaka, got Nowhere',
      'program.yaml:15:17 points.recharge-points.when: event has no valu. Did you mean value?',
      'program.yaml:16:14 points.recharge-points.amount: expected a number such as floor(event.value / 10.0), and this is a condition (true or false)',
      'program.yaml:17:13 points.recharge-points.wallet: no wallet is named gold. There are points and coins.',
      'program.yaml:32:11 leaderboards.recency.id: recency names something else already: choose an id of its own',
    ])
  })
})
