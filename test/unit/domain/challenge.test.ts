import { describe, expect, test } from 'vitest'
import type { FirstChallenge, RankChallenge } from '#domain/challenge.ts'
import type { LaurelError } from '#domain/error.ts'
import type { Event } from '#domain/event.ts'
import { ranked } from '#domain/ranking.ts'
import { firstWinners, rankWinners } from '#domain/settlement.ts'
import { ending } from './ending.ts'
import { event, identity, programWith } from './telco.ts'

const HEAD = 'wallets: [points]\n'
const BOARDS = `leaderboards:
  - { id: week, wallet: points, period: week }
  - { id: ever, wallet: points, period: all }
`

function first(settings: string) {
  const program = programWith(`${HEAD}challenges: [{ id: c, on: play, ${settings} }]`)
  return { program, challenge: program.challenges[0] as FirstChallenge }
}

/** Who has won, and by which event, as `U1@100`, of events written as `U1@100:57`: customer, ms since the beginning, value. */
function winners(settings: string, plays: string) {
  const { program, challenge } = first(
    `when: event.value >= 50.0, from: 2026-11-02T00:00, until: 2026-11-02T00:00:00.201, winners: 3, ${settings}`,
  )
  const { from } = challenge
  const byCustomer = new Map<string, Event[]>()
  for (const each of plays.split(' ')) {
    const [, customer, at, value] = /^(\w+)@(-?\d+):(-?\d+)$/.exec(each)!
    const own = { ...event('play', '2026-11-02 00:00', Number(value)), at: from + Number(at) }
    byCustomer.set(customer!, [...(byCustomer.get(customer!) ?? []), own])
  }
  const customers = [...byCustomer.keys()]
  const candidates = customers.flatMap((customer, customerId) =>
    ending(program, byCustomer.get(customer)!)
      .outcomes.filter(({ kind }) => kind === 'entry')
      .map(({ at, identity: own }) => ({ customerId, at, identity: own })),
  )
  return firstWinners(challenge, candidates.toReversed()).map(({ customerId, at, rank, prize }) => {
    return [rank, `${customers[customerId]}@${at - from}`, (prize?.amount ?? 0) / 10_000] as const
  })
}

const REWARD = 'reward: { wallet: points, amount: 100 }'
const EVENTS = 'U1@100:57 U2@105:83 U3@110:34 U1@155:75 U4@160:99'

describe('the first three in [0, 200] with 50 or more', () => {
  const names = (settings: string, plays: string) => winners(settings, plays).map(([, who]) => who)

  test('are U1, U2 and U4: each once, by their first', () => {
    expect(names(REWARD, EVENTS)).toEqual(['U1@100', 'U2@105', 'U4@160'])
  })

  test('are U1 three times where repeats are allowed', () => {
    const repeated = EVENTS.replace('U2@105', 'U1@105')
    expect(names(`each: repeat, ${REWARD}`, repeated)).toEqual(['U1@100', 'U1@105', 'U1@155'])
    expect(names(REWARD, repeated)).toEqual(['U1@100', 'U4@160'])
  })

  test.each([
    ['both bounds of the value', 'U1@1:50 U2@2:49', ['U1@1']],
    ['both bounds of the time', 'U1@-1:60 U2@0:60 U3@200:60 U4@201:60', ['U2@0', 'U3@200']],
    ['who comes fourth', 'U1@4:60 U2@3:60 U3@2:60 U4@1:60', ['U4@1', 'U3@2', 'U2@3']],
    ['nobody', 'U1@4:1', []],
  ])('know %s', (_, plays, expected) => {
    expect(names(REWARD, plays)).toEqual(expected)
  })

  test.each([
    ['no budget', REWARD, [100, 100, 100]],
    [
      'a budget for two and a half: the last has the part that is left',
      `budget: 250, ${REWARD}`,
      [100, 100, 50],
    ],
    ['a budget for one: others have won nothing but the place', `budget: 100, ${REWARD}`, [100, 0, 0]],
    ['a budget for half of one', `budget: 50, ${REWARD}`, [50, 0, 0]],
  ])('with %s', (_, settings, expected) => {
    expect(winners(settings, EVENTS).map(([, , prize]) => prize)).toEqual(expected)
    expect(winners(settings, EVENTS).map(([rank]) => rank)).toEqual([1, 2, 3])
  })
})

test('two ids of one customer are one among those who come once', () => {
  const { challenge } = first(`until: 2026-11-02T00:00, winners: 2, ${REWARD}`)
  const candidate = (customerId: number, at: number) => ({ customerId, at, identity: identity(at) })
  const all = [candidate(1, 5), candidate(2, 7), candidate(1, 6)]
  expect(firstWinners(challenge, all).map(({ customerId, at }) => [customerId, at])).toEqual([
    [1, 5],
    [2, 7],
  ])
})

test('an entry credits nothing, and is taken back or moved by a reversal', () => {
  const { program } = first(`until: 2026-11-03T00:00, winners: 2, ${REWARD}`)
  const [one, two] = [event('play', '2026-11-02 09:00', 5), event('play', '2026-11-02 10:00', 6)]
  const entry = { kind: 'entry', rule: 'c', occurrence: 'once', wallet: null, amount: 0 }
  expect(ending(program, [one, two]).outcomes).toMatchObject([
    { ...entry, at: one.at, receipt: { value: 50_000 } },
  ])
  expect(ending(program, [two]).outcomes).toMatchObject([{ ...entry, at: two.at }])
})

describe('prizes by rank', () => {
  const program = (settings: string) =>
    programWith(`${HEAD}${BOARDS}challenges:
  - id: c
    board: week
    prizes:
      - { ranks: [1, 1], reward: { wallet: points, amount: 100 } }
      - { ranks: [2, 3], reward: { wallet: points, amount: 40 } }
    ${settings}`).challenges[0] as RankChallenge
  const entrant = (customerId: number, total: number) => {
    return { customerId, total, at: customerId, identity: identity(customerId) }
  }
  const prizes = (settings: string, totals: readonly number[]) =>
    rankWinners(program(settings), ranked(totals.map((total, i) => entrant(i, total)))).map(
      ({ rank, prize }) => [rank, (prize?.amount ?? 0) / 10_000],
    )

  test.each<[string, string, number[], [number, number][]]>([
    [
      'equals have the prize of the rank that they share',
      '',
      [90, 80, 80, 70],
      [
        [1, 100],
        [2, 40],
        [2, 40],
      ],
    ],
    [
      'two first ones take no second place from anybody but the second',
      '',
      [90, 90, 70, 60],
      [
        [1, 100],
        [1, 100],
        [3, 40],
      ],
    ],
    [
      'a budget is given in the order of the board',
      'budget: 120',
      [90, 80, 80],
      [
        [1, 100],
        [2, 20],
        [2, 0],
      ],
    ],
    ['nobody has a rank with zero', '', [0, -5], []],
  ])('%s', (_, settings, totals, expected) => {
    expect(prizes(settings, totals)).toEqual(expected)
  })
})

const RANKS = 'prizes: [{ ranks: [1, 3], reward: { wallet: points, amount: 1 } }]'

test.each<[string, string, string]>([
  ['nothing', 'until: 2026-12-01T00:00', 'expected either on, winners and reward'],
  ['no reward', 'on: play, winners: 3, until: 2026-12-01T00:00', 'expected either on, winners and reward'],
  ['no end', `on: play, winners: 3, ${REWARD}`, 'until is missing: add until: 2026-12-02T00:00'],
  [
    'ranks of no board',
    `on: play, winners: 3, until: 2026-12-01T00:00, ${REWARD}, ${RANKS}`,
    'challenges.c.prizes: a challenge of the first has no such setting',
  ],
  ['no prizes', 'board: week', 'expected either on, winners and reward'],
  [
    'an event type besides a board',
    `board: week, on: play, ${RANKS}`,
    'challenges.c.on: a challenge on a leaderboard has no such setting',
  ],
  [
    'grace besides a board',
    `board: week, graceHours: 2, ${RANKS}`,
    'challenges.c.graceHours: a challenge on a leaderboard is settled with it',
  ],
  [
    'history of a board',
    `board: week, counts: history, ${RANKS}`,
    'challenges.c.counts: periods that are over are not settled anew',
  ],
  [
    'no such board',
    `board: month, ${RANKS}`,
    'challenges.c.board: no leaderboard is named month. There are week and ever.',
  ],
  [
    'a board that never ends',
    `board: ever, ${RANKS}`,
    'challenges.c.board: ever has one period, which never ends',
  ],
  [
    'ranks that overlap',
    'board: week, prizes: [{ ranks: [1, 3], reward: { wallet: points, amount: 1 } }, { ranks: [3, 4], reward: { wallet: points, amount: 1 } }]',
    'challenges.c.prizes.2.ranks: expected ranks after 3, the first before the last, got [3, 4]',
  ],
  [
    'ranks that are none',
    'board: week, prizes: [{ ranks: 1, reward: { wallet: points, amount: 1 } }]',
    'challenges.c.prizes.1.ranks: expected the first and the last rank, such as [2, 10]',
  ],
  [
    'another wallet',
    `on: play, winners: 3, until: 2026-12-01T00:00, reward: { wallet: gold, amount: 1 }`,
    'challenges.c.reward.wallet: no wallet is named gold',
  ],
  [
    'prizes into another wallet',
    'board: week, prizes: [{ ranks: [1, 3], reward: { wallet: gold, amount: 1 } }]',
    'challenges.c.prizes.1.reward.wallet: no wallet is named gold',
  ],
  [
    'too many winners',
    `on: play, winners: 1001, until: 2026-12-01T00:00, ${REWARD}`,
    'challenges.c.winners: ',
  ],
])('a challenge with %s is refused', (_, settings, expected) => {
  let message = ''
  try {
    programWith(`${HEAD}${BOARDS}challenges: [{ id: c, ${settings} }]`)
  } catch (error) {
    message = (error as LaurelError).message
  }
  expect(message).toContain(expected)
})

test('says how long late events count: a day, or what the program has', () => {
  expect(first(`until: 2026-11-03T00:00, winners: 2, ${REWARD}`).challenge.grace).toBe(24 * 3_600_000)
  expect(first(`until: 2026-11-03T00:00, winners: 2, graceHours: 0.5, ${REWARD}`).challenge.grace).toBe(
    1_800_000,
  )
  const { boards } = programWith(
    `${HEAD}leaderboards: [{ id: week, wallet: points, period: week, graceHours: 2 }]`,
  )
  expect(boards[0]!.grace).toBe(7_200_000)
})
