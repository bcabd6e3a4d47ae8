import { describe, expect, test } from 'vitest'
import { addEvents, NO_SCORES } from '#domain/score.ts'
import { evaluate, outlook } from '#domain/score-measure.ts'
import { day, event, programWith } from './telco.ts'

const LEAVES = `  - { id: days, kind: engagement, days: 10, bands: [{ from: 0, name: any }] }
  - { id: fees, kind: frequency, on: fee, days: 3, steps: [{ atLeast: 2, score: 5 }, { atLeast: 1, score: 2 }], bands: [{ from: 0, name: any }] }
  - { id: fee-age, kind: tenure, on: fee, bands: [{ from: 0, name: any }] }
  - { id: risk, kind: churn-risk, on: fee, days: 30, bands: [{ from: 0, name: any }] }
  - { id: weight, kind: decayed, on: fee, days: 30, halfLifeDays: 2, bands: [{ from: 0, name: any }] }
`
const BANDS = 'bands: [{ from: 3, name: high }, { from: 1, name: middle }, { from: -99, name: low }]'

const programOf = (...composites: readonly string[]) =>
  programWith(
    `wallets: [points]\nscores:\n${LEAVES}${composites.map((each) => `  - { ${each}, ${BANDS} }\n`).join('')}`,
  )

/** The last score on the 23rd of events on days of November, and the day of its next band. */
function scoreOf(
  composites: readonly string[],
  ...fees: readonly (readonly [day: number, value?: number])[]
) {
  const program = programOf(...composites)
  const today = day('2026-11-23')
  const events = fees.map(([date, value]) =>
    event('fee', `2026-11-${String(date).padStart(2, '0')} 09:00`, value),
  )
  const state = addEvents(NO_SCORES, events, program.scores, program.zone)
  const rule = program.scores.at(-1)!
  const next = outlook(state, today, rule).next
  return { ...evaluate(state, today, rule), next: next === null ? null : next - day('2026-11-01') + 1 }
}

describe('a composite', () => {
  const half = 'id: a, kind: composite, of: { days: 0.5, fees: 0.5 }'

  test.each<[string, string[], (readonly [number, number?])[], ReturnType<typeof scoreOf>]>([
    ['of nothing yet', [half], [], { value: 0, band: 'low', next: null }],
    ['is the weighted sum', [half], [[23], [23], [20]], { value: 3.5, band: 'high', next: 26 }],
    ['falls when a part does', [half], [[23]], { value: 1.5, band: 'middle', next: 26 }],
    [
      'has four decimals',
      ['id: a, kind: composite, of: { days: 0.33333, fees: 0.1 }'],
      [[23]],
      { value: 0.5333, band: 'low', next: null },
    ],
    [
      'takes away by a weight below zero',
      ['id: a, kind: composite, of: { days: 1, fees: -1 }'],
      [[23]],
      { value: -1, band: 'low', next: 26 },
    ],
    [
      'goes up by time alone',
      ['id: a, kind: composite, of: { fee-age: 0.4, risk: 0.2 }'],
      [[19], [21], [23]],
      { value: 2, band: 'middle', next: 25 },
    ],
    [
      'stays where its parts keep the balance',
      ['id: a, kind: composite, of: { fee-age: 0.1, risk: -0.1 }'],
      [[21], [22], [23]],
      { value: 0.3, band: 'low', next: null },
    ],
    [
      'falls with what decays, and rises with what grows',
      ['id: a, kind: composite, of: { weight: 0.1, fee-age: 0.2 }'],
      [[23, 40]],
      { value: 4.2, band: 'high', next: 25 },
    ],
    [
      'of a composite counts what that one is made of',
      ['id: b, kind: composite, of: { a: 2, days: 1 }', half],
      [[23], [23]],
      { value: 3, band: 'high', next: 26 },
    ],
    [
      'may stand before what it is made of',
      [half, 'id: b, kind: composite, of: { a: 2, days: 1 }'],
      [[23], [23]],
      { value: 7, band: 'high', next: 26 },
    ],
  ])('%s', (_, composites, fees, score) => {
    expect(scoreOf(composites, ...fees)).toEqual(score)
  })

  test('looks at the one type that its parts look at, or at all', () => {
    const on = (of: string) => programOf(`id: a, kind: composite, of: ${of}`).scores.at(-1)!.on
    expect([on('{ fees: 1, risk: 1 }'), on('{ fees: 1, days: 1 }'), on('{ days: 1 }')]).toEqual([
      'fee',
      null,
      null,
    ])
  })

  test('is the same in any order of its parts', () => {
    const rule = (of: string) => programOf(`id: a, kind: composite, of: ${of}`).scores.at(-1)
    expect(rule('{ weight: 0.1, days: 0.7 }')).toEqual(rule('{ days: 0.7, weight: 0.1 }'))
  })

  test('that a rule looks at is carried by the fold with all that it is made of', () => {
    const { tracked } = programWith(
      `wallets: [points]\nscores:\n${LEAVES}  - { ${half}, ${BANDS} }\n  - { id: b, kind: composite, of: { a: 1, risk: 1 }, ${BANDS} }\nbadges: [{ id: x, kind: band, score: b, band: high }]`,
    )
    expect(tracked.map(({ id }) => id)).toEqual(['days', 'fees', 'risk', 'a', 'b'])
  })
})

test.each<[string, string[], string[]]>([
  [
    'of a score that there is not',
    ['id: a, kind: composite, of: { days: 1, day: 1 }'],
    ['scores.a.of.day: no score is named day. Did you mean days?'],
  ],
  [
    'of itself',
    ['id: a, kind: composite, of: { a: 1 }'],
    ['scores.a.of.a: a would be made of itself by way of a: a composite is made of other scores'],
  ],
  [
    'of one that is made of it',
    ['id: a, kind: composite, of: { b: 1, days: 1 }', 'id: b, kind: composite, of: { a: 1 }'],
    [
      'scores.a.of.b: a would be made of itself by way of b',
      'scores.b.of.a: b would be made of itself by way of a',
    ],
  ],
  ['of nothing', ['id: a, kind: composite, of: {}'], ['scores.a.of: expected the scores that it is made of']],
  ['with a weight too large', ['id: a, kind: composite, of: { days: 1001 }'], ['scores.a.of.days: ']],
  [
    'with weights that come to too much',
    [
      'id: a, kind: composite, of: { days: 1000 }',
      'id: b, kind: composite, of: { a: 1000 }',
      'id: c, kind: composite, of: { b: 1.01 }',
    ],
    ['scores.c.of: the weights of composites in composites come to more than 1000000'],
  ],
])('a composite %s is a mistake', (_, composites, messages) => {
  for (const message of messages) expect(() => programOf(...composites)).toThrow(message)
})

test('a mistake in one composite hides none in what asks for another', () => {
  const text = `wallets: [points]
scores:
${LEAVES}  - { id: right, kind: composite, of: { days: 1 }, ${BANDS} }
  - { id: wrong, kind: composite, of: { day: 1 }, ${BANDS} }
badges: [{ id: best, kind: band, score: right, band: best }]`
  expect(() => programWith(text)).toThrow(
    /wrong.of.day: no score is named day.*best.band: the score right has no band best/s,
  )
})
