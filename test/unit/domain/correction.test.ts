import { describe, expect, test } from 'vitest'
import { afterwards, correct, correctStandings, type Recorded } from '#domain/correction.ts'
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
    availableAt: null,
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
    ['the numbers behind it', { receipt: { full: 999 } }],
    ['a number it did not have', { receipt: { full: 100, before: 0 } }],
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
    [
      'its numbers in another order',
      [recorded({ receipt: { full: 100, before: 30 } })],
      [outcome({ receipt: { before: 30, full: 100 } })],
    ],
    ['the numbers of what is still not earned', [recorded({ live: false, receipt: { full: 999 } })], []],
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

describe('points that become available later', () => {
  const pending = { availableAt: 5_000 }

  test('are posted when they are, not when they are earned', () => {
    expect(correct([], [outcome(pending)])).toEqual({
      changed: [{ ...outcome(pending), revision: 1, live: true }],
      postings: [],
    })
    expect(correct([recorded(pending)], []).postings).toEqual([])
    expect(correct([recorded(pending)], [outcome({ ...pending, amount: 70 })])).toMatchObject({
      changed: [{ amount: 70, revision: 2 }],
      postings: [],
    })
  })

  test.each<[string, Partial<Outcome>, Partial<Outcome>, number]>([
    ['at once', pending, {}, 100],
    ['later', {}, pending, -100],
  ])('are posted in full where they turn out to be available %s', (_, before, after, amount) => {
    expect(correct([recorded(before)], [outcome(after)])).toMatchObject({
      changed: [{ revision: 2, live: true }],
      postings: [{ amount, revision: 2 }],
    })
  })

  test('at another time make a new revision', () => {
    expect(correct([recorded(pending)], [outcome({ availableAt: 6_000 })])).toMatchObject({
      changed: [{ availableAt: 6_000, revision: 2 }],
      postings: [],
    })
  })
})

describe('what becomes of a wallet', () => {
  test.each<[string, number, number, number]>([
    ['more expires', -100, -130, -30],
    ['less expires', -100, -20, 80],
  ])('is posted by the difference: %s', (_, before, after, amount) => {
    const expired = { kind: 'expired', rule: 'points', occurrence: 'expired/2026-11-23' } as const
    const correction = correct(
      [recorded({ ...expired, amount: before })],
      [outcome({ ...expired, amount: after })],
    )
    expect(correction.postings).toMatchObject([{ wallet: 'points', amount, revision: 2 }])
  })

  test('a missed mission that is completed after all is the same outcome, and posts its reward', () => {
    const missed = { kind: 'missed', occurrence: '2026-W48', wallet: null, amount: 0 } as const
    const completed = outcome({ kind: 'mission', occurrence: '2026-W48' })
    expect(correct([recorded(missed)], [completed])).toEqual({
      changed: [{ ...completed, revision: 2, live: true }],
      postings: [{ wallet: 'points', amount: 100, outcome: completed, revision: 2 }],
    })
  })
})

describe('correctStandings', () => {
  const standing = (change: Partial<Standing> = {}): Standing => ({
    board: 'points-week',
    period: '2026-W48',
    total: 100,
    at: 1_000,
    identity: identity(1),
    ...change,
  })

  test.each<[string, Standing[], Standing[], Standing[]]>([
    ['tells a new total', [], [standing()], [standing()]],
    ['says nothing of the same one', [standing()], [standing()], []],
    ['tells another total', [standing()], [standing({ total: 5 })], [standing({ total: 5 })]],
    ['tells the same total reached elsewhere', [standing()], [standing({ at: 7 })], [standing({ at: 7 })]],
    [
      'tells the same total reached by another event',
      [standing()],
      [standing({ identity: identity(2) })],
      [standing({ identity: identity(2) })],
    ],
    [
      'tells zero for totals that no history gives any more',
      [standing(), standing({ period: '2026-W47' }), standing({ board: 'points-all' })],
      [standing()],
      [standing({ period: '2026-W47', total: 0 }), standing({ board: 'points-all', total: 0 })],
    ],
    ['leaves alone those that are zero already', [standing({ total: 0 })], [], []],
    ['tells one that comes back from zero', [standing({ total: 0 })], [standing()], [standing()]],
  ])('%s', (_, before, found, changed) => {
    expect(correctStandings(before, found)).toEqual(changed)
  })
})

describe('afterwards', () => {
  const level = (number: number, change: Partial<Outcome> = {}) =>
    outcome({ ...badge, rule: 'levels', occurrence: String(number), level: number, ...change })
  const loss = (number: number) => ({
    rule: 'levels',
    occurrence: String(number),
    receipt: {},
    at: 2_000,
    identity: identity(2),
  })

  test.each<[string, Outcome[], Outcome[], ReturnType<typeof loss>[], Outcome[]]>([
    ['nothing happened', [level(1)], [], [], [level(1)]],
    ['one was won', [level(1)], [level(2)], [], [level(1), level(2)]],
    ['one was lost', [level(1), level(2)], [], [loss(2)], [level(1)]],
    ['one was lost that was not held', [level(1)], [], [loss(2)], [level(1)]],
    ['one was won elsewhere', [level(1)], [level(1, { at: 9 })], [], [level(1, { at: 9 })]],
    ['another rule’s was lost', [level(1, { rule: 'other' })], [], [loss(1)], [level(1, { rule: 'other' })]],
  ])('%s', (_, held, outcomes, losses, left) => {
    expect(afterwards(held, { outcomes, losses })).toEqual(left)
  })
})
