import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { parseProgram } from '#domain/program.ts'
import { printSummary, Summary } from '../../../../apps/cli/simulation/summary.ts'

const program = parseProgram(
  'program.yaml',
  `
program: p
zone: UTC
wallets: [points]
points:
  - { id: each, on: recharge, amount: event.value, wallet: points }
badges:
  - { id: started, kind: first, on: recharge }
  - { id: misspelt, kind: first, on: recharg }
missions:
  - { id: missed, on: recharge, objective: { count: events, target: 9 }, window: day, tellMissed: true }
leaderboards:
  - { id: daily, wallet: points, period: day }
`,
  'test',
)

const DAY = 86_400_000
const event = (number: number, day: number, value: number) => ({
  at: day * DAY + number,
  identity: `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`,
  type: 'recharge',
  source: 'billing',
  value: value * 10_000,
  payload: '{}',
})

test('a summary tells lines, rules and the latest period of each board', () => {
  const summary = new Summary(program)
  const totals: [string, [number, number][]][] = [
    ['other:a', [[2, 70]]],
    [
      'other:b',
      [
        [2, 80],
        [3, 80],
      ],
    ],
    [
      'other:c',
      [
        [3, 80],
        [1, 5],
      ],
    ],
    ['other:d', [[3, 90]]],
    ['other:e', [[3, 70]]],
  ]
  let number = 0
  for (const [key, events] of totals) {
    const { outcomes, standings } = foldAll(
      NEW_GAME,
      events.map(([day, value]) => event(++number, day, value)),
      program,
    )
    summary.observe({ key, outcomes, standings, wins: [] })
  }
  summary.refuse({ line: 9, code: 'JSON_INVALID', pointer: '', expected: 'JSON' })
  summary.refuse({ line: 4, code: 'JSON_INVALID', pointer: '', expected: 'an object' })
  const intake = { lines: 1_009, accepted: 7, resent: 1_000, refused: 2, reversals: 0, last: 0 }
  expect(
    printed({ intake, asOf: 4 * DAY, customers: 5, results: none() }, summary),
  ).toBe(`programs/p, as of 1970-01-05T00:00:00.000Z: 5 customers
1,009 lines: 7 accepted (0 of them reversals), 1,000 had come before, 2 refused
  JSON_INVALID: 2, first in line 4 (expected an object)

rule     what     customers  times  points
each     points           5      7     475
started  badge 1          5      5       0
missed   missed           2      2       0

Nobody was given anything by misspelt and missed: look at on, when, from and until there.

daily, 1970-01-04
rank  customer  total
   1  d            90
   2  b            80
   2  c            80
   4  e            70
`)
})

test('a summary of a file without any event says so, and tells no time', () => {
  const intake = { lines: 0, accepted: 0, resent: 0, refused: 0, reversals: 0, last: 0 }
  expect(
    printed({ intake, asOf: 0, customers: 0, results: none() }, new Summary(program)),
  ).toBe(`programs/p: 0 customers
0 lines: 0 accepted (0 of them reversals), 0 had come before, 0 refused
There is nothing to show: a file of events has one event a line, as JSON in UTF-8, not compressed.
`)
})

function printed(simulation: Parameters<typeof printSummary>[1], summary: Summary): string {
  let text = ''
  const output = new Writable({
    write: (chunk, _, done) => {
      text += chunk
      done()
    },
  })
  printSummary('programs/p', simulation, summary, output)
  return text
}

function* none(): Generator<never> {}
