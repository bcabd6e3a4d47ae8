import { expect, test } from 'vitest'
import type { Event } from '#domain/event.ts'
import { parseProgram } from '#domain/program.ts'
import { simulate } from '#domain/simulation.ts'

const program = parseProgram(
  'program.yaml',
  `
program: p
zone: UTC
wallets: [{ id: points, expiresAfterDays: 30 }]
scores:
  - { id: recency, kind: recency, on: recharge, steps: [{ atMost: 2, score: 2 }, { score: 1 }], bands: [{ from: 2, name: fresh }, { from: 0, name: gone }] }
points:
  - { id: later, on: recharge, amount: event.value, wallet: points, availableAfterDays: 5 }
  - { id: wrong, on: app_login, when: event.metadata.bonus == 1.0, amount: "1.0", wallet: points }
badges:
  - { id: three, kind: streak, on: recharge, levels: [2], within: { hours: 48 } }
missions:
  - { id: two, on: recharge, objective: { count: events, target: 2 }, window: week, reward: { wallet: points, amount: 7 } }
leaderboards:
  - { id: all-time, wallet: points, period: all }
`,
  'test',
)

const id = (number: number) => `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`
const event = (number: number, time: string, type = 'recharge', value = 10): Event => ({
  at: Date.parse(time),
  identity: id(number),
  type,
  source: 'billing',
  value: value * 10_000,
  payload: '{}',
})

const history = {
  wins: [],
  payments: [],
  subjects: [
    { kind: 'uuid', value: 'u' },
    { kind: 'msisdn', value: '+1' },
  ] as const,
  events: [
    event(2, '2026-11-03T09:00:00Z'),
    event(1, '2026-11-02T09:00:00Z'),
    event(3, '2026-11-04T09:00:00Z', 'app_login'),
    event(4, '2026-11-20T09:00:00Z'),
  ],
}

test('a customer has everything that the events up to the time come to', () => {
  const { customer } = simulate(history, program, Date.parse('2026-11-08T00:00:00Z'), false)
  expect(customer).toMatchObject({
    customer: '+1',
    subjects: [{ value: '+1' }, { value: 'u' }],
    asOf: '2026-11-08T00:00:00.000Z',
    events: 3,
    scores: { recency: { value: 1, band: 'gone' } },
    wallets: { points: { balance: 27, earned: 27, pending: 0 } },
    standings: [{ board: 'all-time', period: 'all', total: 27, reachedAt: '2026-11-03T09:00:00.000Z' }],
    failures: [{ rule: 'wrong', eventId: id(3), error: expect.any(String) }],
  })
  expect(customer.badges).toEqual([
    {
      rule: 'three',
      level: 1,
      occurrence: expect.any(String),
      awardedAt: '2026-11-03T09:00:00.000Z',
      eventId: id(2),
      startedAt: '2026-11-02T09:00:00.000Z',
      endedAt: '2026-11-03T09:00:00.000Z',
    },
  ])
  expect(customer.awards).toEqual([
    {
      kind: 'mission',
      rule: 'two',
      occurrence: '2026-W45',
      level: 0,
      at: '2026-11-03T09:00:00.000Z',
      eventId: id(2),
    },
  ])
  expect(
    customer.ledger.map(({ at, kind, amount, availableAt, eventId }) => [
      at,
      kind,
      amount,
      availableAt,
      eventId,
    ]),
  ).toEqual([
    ['2026-11-02T09:00:00.000Z', 'points', 10, '2026-11-07T00:00:00.000Z', id(1)],
    ['2026-11-03T09:00:00.000Z', 'points', 10, '2026-11-08T00:00:00.000Z', id(2)],
    ['2026-11-03T09:00:00.000Z', 'mission', 7, null, id(2)],
    ['2026-11-07T00:00:00.000Z', 'matured', 10, null, null],
    ['2026-11-08T00:00:00.000Z', 'matured', 10, null, null],
  ])
})

test('awards say what stands behind them where that is asked for', () => {
  const { customer } = simulate(history, program, Date.parse('2026-11-08T00:00:00Z'), true)
  expect(customer.badges[0]).toMatchObject({
    receipt: { startedAt: '2026-11-02T09:00:00.000Z' },
    events: [
      { eventId: id(1), at: '2026-11-02T09:00:00.000Z', type: 'recharge', value: 10 },
      { eventId: id(2), at: '2026-11-03T09:00:00.000Z', type: 'recharge', value: 10 },
    ],
  })
  expect(customer.awards[0]!.events!.map(({ eventId }) => eventId)).toEqual([id(1), id(2)])
})

test('what a customer has won is paid, and told', () => {
  const settledAt = Date.parse('2026-11-05T00:00:00Z')
  const payment = {
    ...event(9, '2026-11-05T00:00:00Z', 'laurel.adjust', 25),
    payload: '{"wallet":"points","reason":"prize","by":"laurel"}',
  }
  const prize = { wallet: 'points', amount: 250_000 }
  const won = {
    wins: [{ challenge: 'best', period: '2026-W45', settledAt, rank: 2, total: 905_000, prize }],
    payments: [payment],
  }
  const { customer } = simulate({ ...history, ...won }, program, Date.parse('2026-11-08T00:00:00Z'), false)
  expect(customer).toMatchObject({
    events: 3,
    wallets: { points: { balance: 52, earned: 27, adjusted: 25 } },
  })
  expect(customer.wins).toEqual([
    {
      challenge: 'best',
      period: '2026-W45',
      settledAt: '2026-11-05T00:00:00.000Z',
      rank: 2,
      total: 90.5,
      prize: { wallet: 'points', amount: 25 },
    },
  ])
})

test('rules know who the customer is', () => {
  const some = parseProgram(
    'program.yaml',
    `
program: p
zone: UTC
wallets: [points]
points:
  - { id: lower, on: recharge, when: customer.bucket < 50, amount: "1.0", wallet: points }
  - { id: upper, on: recharge, when: customer.bucket >= 50, amount: "1.0", wallet: points }
`,
    'test',
  )
  const given = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((value) => {
    const known = { ...history, subjects: [{ kind: 'other', value }] as const }
    return simulate(known, some, Date.parse('2026-12-01T00:00:00Z'), true).customer.ledger.map(
      ({ rule }) => rule,
    )
  })
  expect(given.map((rules) => [rules.length, new Set(rules).size])).toEqual(given.map(() => [3, 1]))
  expect(new Set(given.flat()).size).toBe(2)
})
