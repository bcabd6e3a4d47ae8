import { describe, expect, test } from 'vitest'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { parseProgram } from '#domain/program.ts'
import { Contest } from '../../../../apps/cli/simulation/contest.ts'

const START = Date.parse('2026-12-01T10:00:00Z')
const id = (number: number) => `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`

const program = (challenges: string) =>
  parseProgram(
    'program.yaml',
    `
program: p
zone: UTC
wallets: [points]
leaderboards:
  - { id: daily, sum: value, on: play, period: day, graceHours: 2 }
challenges:
${challenges}`,
    'test',
  )

type Plays = readonly (readonly [customer: string, at: number, value: number])[]

/** Who has won, in the order of their ids, as `customer rank amount`. */
function winners(of: ReturnType<typeof program>, plays: Plays, asOf: number): string[] {
  const contest = new Contest(of, asOf)
  for (const customer of new Set(plays.map(([key]) => key))) {
    const events = plays.flatMap(([key, at, value], i) =>
      key === customer
        ? [
            {
              at: START + at,
              identity: id(i + 1),
              type: 'play',
              source: 'app',
              value: value * 10_000,
              payload: '{}',
            },
          ]
        : [],
    )
    const { outcomes, standings } = foldAll(NEW_GAME, events, of)
    contest.observe(customer, outcomes, standings)
  }
  return [...contest.winners()].sort().flatMap(([key, { wins, payments }]) => {
    expect(payments.map(({ value }) => value)).toEqual(wins.flatMap(({ prize }) => prize?.amount ?? []))
    return wins.map(({ rank, prize }) => `${key} ${rank} ${(prize?.amount ?? 0) / 10_000}`)
  })
}

const FIRST_THREE: Plays = [
  ['u1', 100, 57],
  ['u2', 105, 83],
  ['u3', 110, 34],
  ['u1', 155, 75],
  ['u4', 160, 99],
  ['u5', 201, 99],
]
const HOUR = 3_600_000

describe('the first three', () => {
  const first = (each: string, budget = '') =>
    program(
      `  - { id: three, on: play, when: event.value >= 50.0, from: "2026-12-01T10:00:00Z", until: "2026-12-01T10:00:00.201Z", winners: 3, each: ${each}, reward: { wallet: points, amount: 100 }${budget} }`,
    )
  const over = START + 201 + 24 * HOUR

  test('are those whose events happened first, each once or several times', () => {
    expect(winners(first('once'), FIRST_THREE, over)).toEqual(['u1 1 100', 'u2 2 100', 'u4 3 100'])
    const repeated: Plays = [['u1', 100, 57], ['u1', 105, 83], ...FIRST_THREE.slice(2)]
    expect(winners(first('repeat'), repeated, over)).toEqual(['u1 1 100', 'u1 2 100', 'u1 3 100'])
  })

  test('have what the budget has left', () => {
    expect(winners(first('once', ', budget: 150'), FIRST_THREE, over)).toEqual([
      'u1 1 100',
      'u2 2 50',
      'u4 3 0',
    ])
  })

  test('are nobody before the grace time has passed', () => {
    expect(winners(first('once'), FIRST_THREE, over - 1)).toEqual([])
  })

  test('are found among many more', () => {
    const many: Plays = Array.from({ length: 5_000 }, (_, i) => [
      `c${String(i).padStart(4, '0')}`,
      200 - (i % 200),
      60,
    ])
    const expected = many
      .map(([key, at], i) => ({ key, at, i }))
      .sort((a, b) => a.at - b.at || a.i - b.i)
      .slice(0, 3)
      .map(({ key }, i) => `${key} ${i + 1} 100`)
    expect(winners(first('once'), many, over)).toEqual(expected.sort())
  })
})

describe('the best of a board', () => {
  const best = program(
    '  - { id: best, board: daily, from: "2026-12-01T00:00:00Z", until: "2026-12-03T00:00:00Z", prizes: [{ ranks: [1, 1], reward: { wallet: points, amount: 100 } }, { ranks: [2, 3], reward: { wallet: points, amount: 10 } }] }',
  )
  const midnight = Date.parse('2026-12-02T00:00:00Z')
  const plays: Plays = [
    ['a', 0, 80],
    ['b', 1, 90],
    ['c', 2, 80],
    ['d', 3, 70],
    ['d', 48 * HOUR, 500],
  ]

  test('have the prizes of their ranks, which equals share, once each day is settled', () => {
    expect(winners(best, plays, midnight + 2 * HOUR)).toEqual(['a 2 10', 'b 1 100', 'c 2 10'])
    expect(winners(best, plays, midnight + 2 * HOUR - 1)).toEqual([])
  })

  test('win nothing in a day that the challenge does not cover', () => {
    expect(winners(best, plays, midnight + 10 * 24 * HOUR)).toEqual(['a 2 10', 'b 1 100', 'c 2 10'])
  })
})
