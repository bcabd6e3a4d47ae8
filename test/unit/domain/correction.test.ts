import { describe, expect, test } from 'vitest'
import { correct, type Recorded, vanished } from '#domain/correction.ts'
import type { Outcome, Standing } from '#domain/outcome.ts'
import { identity } from './telco.ts'

function outcome(change: Partial<Outcome> = {}): Outcome {
  return {
    kind: 'points',
    rule: 'recharge-points',
    occurrence: identity(1),
    level: 0,
    wallet: 'points',
    amount: 100,
    receipt: { full: 100 },
    at: 1_000,
    identity: identity(1),
    ...change,
  }
}

const recorded = (change: Partial<Recorded> = {}): Recorded => ({
  ...outcome(change),
  revision: 1,
  live: true,
  ...change,
})

const badge = { kind: 'badge', wallet: null, amount: 0, level: 1 } as const

describe('correct', () => {
  test('adds what is new', () => {
    expect(correct([], [outcome()])).toEqual({
      changed: [{ ...outcome(), revision: 1, live: true }],
      postings: [{ wallet: 'points', amount: 100, outcome: outcome(), revision: 1 }],
    })
  })

  test('takes back what is gone', () => {
    expect(correct([recorded({ revision: 3 })], [])).toEqual({
      changed: [recorded({ revision: 4, live: false })],
      postings: [{ wallet: 'points', amount: -100, outcome: recorded({ revision: 3 }), revision: 4 }],
    })
  })

  test('posts the difference alone where an amount changes', () => {
    const found = outcome({ amount: 70, receipt: { full: 100, before: 30 } })
    expect(correct([recorded()], [found])).toEqual({
      changed: [{ ...found, revision: 2, live: true }],
      postings: [{ wallet: 'points', amount: -30, outcome: found, revision: 2 }],
    })
  })

  test('posts the whole amount where one comes back', () => {
    const found = outcome({ amount: 70 })
    expect(correct([recorded({ revision: 2, live: false })], [found])).toEqual({
      changed: [{ ...found, revision: 3, live: true }],
      postings: [{ wallet: 'points', amount: 70, outcome: found, revision: 3 }],
    })
  })

  test('moves an amount from one wallet to another', () => {
    const found = outcome({ wallet: 'coins', amount: 70 })
    expect(correct([recorded()], [found])).toEqual({
      changed: [{ ...found, revision: 2, live: true }],
      postings: [
        { wallet: 'points', amount: -100, outcome: recorded(), revision: 2 },
        { wallet: 'coins', amount: 70, outcome: found, revision: 2 },
      ],
    })
  })

  test.each<[string, Partial<Outcome>]>([
    ['its event', { identity: identity(2) }],
    ['its time', { at: 2_000 }],
    ['its level', { level: 2 }],
    ['its kind', { kind: 'mission' }],
  ])('gives a new revision, and posts nothing, where an award changes %s', (_, change) => {
    expect(correct([recorded()], [outcome(change)])).toEqual({
      changed: [{ ...outcome(change), revision: 2, live: true }],
      postings: [],
    })
  })

  test('posts nothing for what credits nothing', () => {
    const correction = correct([recorded({ ...badge, rule: 'gone' })], [outcome({ ...badge, rule: 'new' })])
    expect(correction.changed.map(({ rule, live }) => [rule, live])).toEqual([
      ['gone', false],
      ['new', true],
    ])
    expect(correction.postings).toEqual([])
  })

  test.each<[string, Recorded[], Outcome[]]>([
    ['the same', [recorded()], [outcome()]],
    ['other numbers behind the same award', [recorded()], [outcome({ receipt: { full: 999 } })]],
    ['what was taken back, and is still not earned', [recorded({ live: false })], []],
    ['nothing', [], []],
  ])('leaves alone %s', (_, before, found) => {
    expect(correct(before, found)).toEqual({ changed: [], postings: [] })
  })

  test('tells outcomes apart by rule and occurrence', () => {
    const before = [recorded({ rule: 'a', occurrence: '1' }), recorded({ rule: 'a', occurrence: '2' })]
    const found = [outcome({ rule: 'a', occurrence: '2' }), outcome({ rule: 'b', occurrence: '1' })]
    expect(
      correct(before, found).changed.map(({ rule, occurrence, live }) => [rule, occurrence, live]),
    ).toEqual([
      ['a', '1', false],
      ['b', '1', true],
    ])
  })
})

describe('vanished', () => {
  const standing = (change: Partial<Standing> = {}): Standing => ({
    board: 'points-week',
    period: '2026-W48',
    total: 100,
    at: 1_000,
    identity: identity(1),
    ...change,
  })

  test('standings that no history gives any more are totals of zero', () => {
    const before = [standing(), standing({ period: '2026-W47' }), standing({ board: 'points-all' })]
    expect(vanished(before, [standing({ total: 5 })])).toEqual([
      standing({ period: '2026-W47', total: 0 }),
      standing({ board: 'points-all', total: 0 }),
    ])
  })

  test('those that are zero already are left alone', () => {
    expect(vanished([standing({ total: 0 })], [])).toEqual([])
  })
})
