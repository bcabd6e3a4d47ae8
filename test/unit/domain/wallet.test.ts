import { describe, expect, test } from 'vitest'
import { adjust, EMPTY_WALLET, expire, type Lot, mature, type Wallet, walletDue } from '#domain/wallet.ts'
import { earned, type Move, NEVER, pending, spent } from './moves.ts'

const matured =
  (time: number, expiresAt: number | null): Move =>
  (wallet) =>
    mature(wallet, time, expiresAt).wallet
const expired =
  (time: number): Move =>
  (wallet) =>
    expire(wallet, time).wallet
const adjusted =
  (amount: number, expiresAt: number | null): Move =>
  (wallet) =>
    adjust(wallet, amount, expiresAt)

const walletAfter = (...moves: readonly Move[]) =>
  moves.reduce<Wallet>((wallet, move) => move(wallet), EMPTY_WALLET)

describe('a wallet that never expires', () => {
  test.each<[string, Move[], Partial<Wallet>]>([
    ['is empty at first', [], {}],
    ['earns', [earned(50, NEVER), earned(20, NEVER)], { balance: 70, earned: 70 }],
    ['spends', [earned(50, NEVER), spent(20)], { balance: 30, earned: 50, spent: 20 }],
    ['spends everything', [earned(50, NEVER), spent(50)], { balance: 0, earned: 50, spent: 50 }],
    ['owes what was spent and not earned', [spent(20)], { balance: -20, spent: 20 }],
    ['repays it', [spent(20), earned(50, NEVER)], { balance: 30, earned: 50, spent: 20 }],
    ['is given something', [adjusted(5, NEVER)], { balance: 5, adjusted: 5 }],
    ['is taken something', [adjusted(5, NEVER), adjusted(-8, NEVER)], { balance: -3, adjusted: -3 }],
    ['is adjusted by nothing', [adjusted(0, NEVER)], {}],
    ['loses nothing by time', [earned(50, NEVER), expired(1e15)], { balance: 50, earned: 50 }],
  ])('%s', (_, moves, wallet) => {
    expect(walletAfter(...moves)).toEqual({ ...EMPTY_WALLET, ...wallet })
  })
})

describe('lots', () => {
  test.each<[string, Move[], number, Lot[] | undefined]>([
    [
      'are kept by when they expire',
      [earned(50, 100), earned(20, 200)],
      70,
      [
        [100, 50],
        [200, 20],
      ],
    ],
    ['of one time are one', [earned(50, 100), earned(20, 100)], 70, [[100, 70]]],
    [
      'stand in order',
      [earned(50, 200), earned(20, 100), earned(1, 150)],
      71,
      [
        [100, 20],
        [150, 1],
        [200, 50],
      ],
    ],
    [
      'join one in the middle',
      [earned(50, 100), earned(20, 200), earned(5, 100)],
      75,
      [
        [100, 55],
        [200, 20],
      ],
    ],
    ['are spent by what expires first', [earned(50, 100), earned(20, 200), spent(60)], 10, [[200, 10]]],
    [
      'are spent in part',
      [earned(50, 100), earned(20, 200), spent(10)],
      60,
      [
        [100, 40],
        [200, 20],
      ],
    ],
    ['are gone once all is spent', [earned(50, 100), spent(50)], 0, undefined],
    ['are gone once more is spent', [earned(50, 100), spent(70)], -20, undefined],
    ['are not made of what repays a debt', [spent(70), earned(50, 100)], -20, undefined],
    ['are not made of what repays it exactly', [spent(50), earned(50, 100)], 0, undefined],
    ['are made of what is left of it', [spent(70), earned(50, 100), earned(30, 200)], 10, [[200, 10]]],
    ['come from adjustments too', [adjusted(50, 100)], 50, [[100, 50]]],
    ['are taken as they are spent', [earned(50, 100), earned(20, 200), adjusted(-60, 300)], 10, [[200, 10]]],
    ['are not made of a taken amount', [adjusted(-60, 300)], -60, undefined],
    ['do not change by nothing', [earned(50, 100), spent(0), adjusted(0, 300)], 50, [[100, 50]]],
  ])('%s', (_, moves, balance, lots) => {
    const wallet = walletAfter(...moves)
    expect([wallet.balance, wallet.lots]).toEqual([balance, lots])
  })

  test.each<[string, number, number, Lot[] | undefined]>([
    [
      'before its time',
      99,
      0,
      [
        [100, 50],
        [200, 20],
      ],
    ],
    ['at its time', 100, 50, [[200, 20]]],
    ['between', 199, 50, [[200, 20]]],
    ['all of them', 200, 70, undefined],
  ])('expire %s', (_, time, amount, lots) => {
    const { wallet, amount: gone } = expire(walletAfter(earned(50, 100), earned(20, 200)), time)
    expect([gone, wallet.lots, wallet.balance, wallet.expired]).toEqual([amount, lots, 70 - amount, amount])
  })

  test('expire by what is left of them', () => {
    expect(walletAfter(earned(50, 100), spent(30), expired(100))).toEqual({
      ...EMPTY_WALLET,
      earned: 50,
      spent: 30,
      expired: 20,
    })
  })

  test('cannot expire once spent', () => {
    expect(expire(walletAfter(earned(50, 100), spent(50)), 1_000).amount).toBe(0)
  })
})

describe('pending points', () => {
  test('are earned, and no part of the balance', () => {
    expect(walletAfter(pending(50, 10), pending(20, 20))).toEqual({
      ...EMPTY_WALLET,
      earned: 70,
      pending: 70,
      maturing: [
        [10, 50],
        [20, 20],
      ],
    })
  })

  test.each<[string, number, number, Lot[] | undefined]>([
    [
      'not before',
      9,
      0,
      [
        [10, 50],
        [20, 20],
      ],
    ],
    ['at their time', 10, 50, [[20, 20]]],
    ['all at once', 20, 70, undefined],
  ])('mature at their time: %s', (_, time, amount, maturing) => {
    const { wallet, amount: came } = mature(walletAfter(pending(50, 10), pending(20, 20)), time, 100)
    expect([came, wallet.balance, wallet.pending, wallet.earned]).toEqual([amount, amount, 70 - amount, 70])
    expect([wallet.maturing, wallet.lots]).toEqual([maturing, amount === 0 ? undefined : [[100, amount]]])
  })

  test.each<[string, Move[], Partial<Wallet>]>([
    [
      'are not spent',
      [pending(50, 10), spent(20)],
      { balance: -20, spent: 20, pending: 50, maturing: [[10, 50]] },
    ],
    [
      'repay a debt',
      [pending(50, 10), spent(20), matured(10, 100)],
      { balance: 30, spent: 20, lots: [[100, 30]] },
    ],
    ['repay a part of it', [pending(50, 10), spent(80), matured(10, 100)], { balance: -30, spent: 80 }],
    ['may never expire', [pending(50, 10), matured(10, NEVER)], { balance: 50 }],
    [
      'join what expires with them',
      [pending(50, 10), adjusted(5, 100), matured(10, 100)],
      { balance: 55, adjusted: 5, lots: [[100, 55]] },
    ],
  ])('%s', (_, moves, wallet) => {
    expect(walletAfter(...moves)).toEqual({ ...EMPTY_WALLET, earned: 50, ...wallet })
  })
})

test.each<[string, Move[], number]>([
  ['never, where it is empty', [], Number.POSITIVE_INFINITY],
  ['never, where nothing expires', [earned(50, NEVER)], Number.POSITIVE_INFINITY],
  ['when its first lot expires', [earned(50, 100), earned(20, 200)], 100],
  ['when something matures', [earned(50, 100), pending(20, 10)], 10],
  ['when a lot expires before', [earned(50, 100), pending(20, 110)], 100],
  ['no more, once it is spent', [earned(50, 100), spent(50)], Number.POSITIVE_INFINITY],
])('time changes a wallet next %s', (_, moves, due) => {
  expect(walletDue(walletAfter(...moves))).toBe(due)
})

test('every wallet adds up, comes back from JSON as it was, and is not changed in place', () => {
  const moves: Move[] = [
    earned(100, 50),
    pending(40, 20),
    spent(30),
    adjusted(-90, 60),
    matured(20, 70),
    earned(7, 60),
    adjusted(3, 55),
    expired(60),
    spent(500),
    pending(600, 90),
    matured(90, 120),
    expired(120),
  ]
  let wallet = EMPTY_WALLET
  for (const move of moves) {
    const before = JSON.stringify(wallet)
    const next = move(wallet)
    expect(JSON.stringify(wallet)).toBe(before)
    expect(JSON.parse(JSON.stringify(next))).toStrictEqual(next)
    wallet = next
    expect(wallet.balance).toBe(
      wallet.earned + wallet.adjusted - wallet.spent - wallet.expired - wallet.pending,
    )
    const sum = (lots: readonly Lot[] = []) => lots.reduce((total, [, amount]) => total + amount, 0)
    expect([sum(wallet.lots), sum(wallet.maturing)]).toEqual([Math.max(0, wallet.balance), wallet.pending])
  }
  expect(wallet.balance).toBe(0)
})
