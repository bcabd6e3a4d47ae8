import { expect, test } from 'vitest'
import type { Event } from '#domain/event.ts'
import { parseProgram } from '#domain/program.ts'
import { simulate } from '#domain/simulation.ts'
import { Differences, difference, inWords } from '../../../../apps/cli/simulation/difference.ts'

const program = (rules: string) =>
  parseProgram('program.yaml', `program: p\nzone: UTC\nwallets: [points]\n${rules}`, 'test')

const OLD = program(`
scores:
  - { id: recency, kind: recency, on: recharge, steps: [{ score: 1 }], bands: [{ from: 1, name: known }, { from: 0, name: new }] }
points:
  - { id: each, on: recharge, amount: event.value, wallet: points }
badges:
  - { id: started, kind: first, on: recharge }
  - { id: often, kind: count, on: recharge, levels: [1, 2], per: month }
`)
const NEW = program(`
scores:
  - { id: recency, kind: recency, on: recharge, steps: [{ score: 1 }], bands: [{ from: 1, name: active }, { from: 0, name: new }] }
points:
  - { id: each, on: recharge, amount: event.value * 1.1, wallet: points }
  - { id: less, on: recharge, amount: "2.0", wallet: points }
badges:
  - { id: often, kind: count, on: recharge, levels: [2, 3], per: month }
missions:
  - { id: one, on: recharge, objective: { count: events, target: 1 }, window: once, reward: { wallet: points, amount: 5 } }
`)

const event = (number: number): Event => ({
  at: Date.parse('2026-11-02T09:00:00Z') + number,
  identity: `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`,
  type: 'recharge',
  source: 'billing',
  value: 100_000,
  payload: '{}',
})
const customer = (of: typeof OLD, events = [event(1), event(2)], value = 'a') =>
  simulate(
    { subjects: [{ kind: 'other', value }], events, wins: [], payments: [] },
    of,
    Date.parse('2026-11-03'),
    false,
  ).customer

test('a customer gains what only the new program gives, and loses what only the old one does', () => {
  const found = difference(customer(OLD), customer(NEW))!
  const brief = (items: typeof found.gains) =>
    items.map(({ kind, rule, level, amount }) => `${kind} ${rule} ${level} ${amount}`).sort()
  expect(brief(found.gains)).toEqual([
    'mission one 0 5',
    'points each 0 1',
    'points each 0 1',
    'points less 0 2',
    'points less 0 2',
  ])
  expect(brief(found.losses)).toEqual(['badge often 2 0', 'badge started 1 0'])
  expect(found.wallets).toEqual({ points: { before: 20, after: 31 } })
  expect(found.bands).toEqual({ recency: { before: 'known', after: 'active' } })
})

test('the other way round, it is the opposite', () => {
  const found = difference(customer(NEW), customer(OLD))!
  expect(found.losses.map(({ amount }) => amount).reduce((sum, each) => sum + each)).toBe(-11)
  expect(found.gains.map(({ rule }) => rule).sort()).toEqual(['often', 'started'])
})

test('nothing differs between a program and itself', () => {
  expect(difference(customer(OLD), customer(OLD))).toBeUndefined()
})

test('whom only one of them knows has nothing by the other', () => {
  expect(difference(undefined, customer(OLD, [event(1)]))).toMatchObject({
    customer: 'a',
    losses: [],
    wallets: { points: { before: 0, after: 10 } },
    bands: { recency: { before: null, after: 'known' } },
  })
  expect(difference(customer(OLD, [event(1)]), undefined)?.gains).toEqual([])
})

test('differences are added up by rule, and told in words', () => {
  const totals = new Differences()
  const one = difference(customer(OLD, [event(1)]), customer(NEW, [event(1)]))!
  totals.add(one)
  totals.add(difference(customer(OLD), customer(NEW))!)
  expect(totals.customers).toBe(2)
  expect(totals.rules().filter(({ rule }) => rule === 'each' || rule === 'started')).toEqual([
    { kind: 'points', rule: 'each', level: 0, gaining: 2, losing: 0, given: 3, taken: 0, points: 3 },
    { kind: 'badge', rule: 'started', level: 1, gaining: 0, losing: 2, given: 0, taken: 2, points: 0 },
  ])
  expect(inWords(one)).toBe(
    'a: gains 5 points of mission one (once), gains 1 points of each, gains 2 points of less, ' +
      'loses often 1, loses started 1, points 10 → 18, ' +
      'recency known → active',
  )
})

test('a prize is told as what it is, and with all places of one challenge', () => {
  const win = (rank: number, amount: number) => ({
    challenge: 'best',
    period: '2026-W45',
    settledAt: '2026-11-10T00:00:00.000Z',
    rank,
    total: null,
    prize: { wallet: 'points', amount },
  })
  const paid = {
    at: '2026-11-10T00:00:00.000Z',
    kind: 'adjusted',
    rule: 'points',
    occurrence: 'x',
    wallet: 'points',
    amount: 80,
    availableAt: null,
    eventId: 'x',
  } as const
  const before = customer(OLD)
  const after = { ...before, wins: [win(1, 50), win(3, 30)], ledger: [...before.ledger, paid] }
  const found = difference(before, after)!
  expect(inWords(found)).toBe('a: gains 80 points of prize best (2026-W45)')
  expect(found.gains).toHaveLength(1)
  expect(difference(after, { ...before, wins: [win(1, 50)] })?.losses).toMatchObject([
    { kind: 'prize', amount: -30 },
  ])
  const unpaid = { ...win(3, 0), prize: null }
  const lost = difference({ ...before, wins: [win(1, 50), unpaid] }, { ...before, wins: [unpaid] })!
  expect(inWords(lost)).toBe('a: loses 50 points of prize best (2026-W45)')
  expect(lost.losses).toMatchObject([{ wallet: 'points', amount: -50 }])
})

test('what is given into another wallet is lost from the one and gained in the other', () => {
  const win = (wallet: string) => ({
    challenge: 'best',
    period: '2026-W45',
    settledAt: '2026-11-10T00:00:00.000Z',
    rank: 1,
    total: null,
    prize: { wallet, amount: 50 },
  })
  const found = difference(
    { ...customer(OLD), wins: [win('points')] },
    { ...customer(OLD), wins: [win('miles')] },
  )!
  expect(found.gains).toMatchObject([{ kind: 'prize', wallet: 'miles', amount: 50 }])
  expect(found.losses).toMatchObject([{ kind: 'prize', wallet: 'points', amount: -50 }])
})
