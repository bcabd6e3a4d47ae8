import { describe, expect, test } from 'vitest'
import { adjust, EMPTY_WALLET, joinWallets, type Lot, type Wallet } from '#domain/wallet.ts'
import { earned, type Move, NEVER, pending, spent } from './moves.ts'

const taken =
  (amount: number): Move =>
  (wallet) =>
    adjust(wallet, -amount, NEVER)

const walletAfter = (moves: readonly Move[]) =>
  moves.reduce<Wallet>((wallet, move) => move(wallet), EMPTY_WALLET)
const sum = (lots: readonly Lot[] = []) => lots.reduce((total, [, amount]) => total + amount, 0)

describe('two wallets become one', () => {
  test.each<[string, Move[], Move[], Partial<Wallet>]>([
    ['of nothing', [], [], {}],
    ['of one and nothing', [earned(50, 100)], [], { balance: 50, earned: 50, lots: [[100, 50]] }],
    ['of nothing and one', [], [earned(50, 100)], { balance: 50, adjusted: 50, lots: [[100, 50]] }],
    [
      'that never expires',
      [earned(50, NEVER), spent(20)],
      [earned(7, NEVER), spent(2)],
      { balance: 35, earned: 50, spent: 20, adjusted: 5 },
    ],
    [
      'that owes, and never expires',
      [earned(50, NEVER)],
      [spent(80)],
      { balance: -30, earned: 50, adjusted: -80 },
    ],
    [
      'with the lots of both in their order',
      [earned(50, 100), earned(5, 300)],
      [earned(20, 50), earned(7, 200)],
      {
        balance: 82,
        earned: 55,
        adjusted: 27,
        lots: [
          [50, 20],
          [100, 50],
          [200, 7],
          [300, 5],
        ],
      },
    ],
    [
      'with one lot of what expires at once',
      [earned(50, 100)],
      [earned(20, 100)],
      { balance: 70, earned: 50, adjusted: 20, lots: [[100, 70]] },
    ],
    [
      'whose debt takes what expires first',
      [earned(50, 200), earned(20, 100)],
      [spent(30)],
      { balance: 40, earned: 70, adjusted: -30, lots: [[200, 40]] },
    ],
    [
      'whose own debt takes what comes',
      [earned(10, 50), spent(40)],
      [earned(20, 100), earned(50, 200)],
      { balance: 40, earned: 10, spent: 40, adjusted: 70, lots: [[200, 40]] },
    ],
    [
      'whose debt takes a part of a lot',
      [earned(50, 100)],
      [spent(30)],
      { balance: 20, earned: 50, adjusted: -30, lots: [[100, 20]] },
    ],
    ['whose debt takes it all', [earned(50, 100)], [spent(50)], { balance: 0, earned: 50, adjusted: -50 }],
    ['whose debt is larger', [earned(50, 100)], [taken(80)], { balance: -30, earned: 50, adjusted: -80 }],
    ['whose debts add up', [spent(5)], [spent(7)], { balance: -12, spent: 5, adjusted: -7 }],
    [
      'with what is pending of both',
      [pending(50, 10), pending(5, 30)],
      [pending(20, 10), pending(7, 20)],
      {
        earned: 55,
        adjusted: 27,
        pending: 82,
        maturing: [
          [10, 70],
          [20, 7],
          [30, 5],
        ],
      },
    ],
    [
      'whose debt does not take what is pending',
      [pending(50, 10)],
      [spent(30)],
      { balance: -30, earned: 50, adjusted: -30, pending: 50, maturing: [[10, 50]] },
    ],
    [
      'with what is pending of the one that owes',
      [earned(50, 100)],
      [spent(30), pending(40, 10)],
      { balance: 20, earned: 50, adjusted: 10, pending: 40, lots: [[100, 20]], maturing: [[10, 40]] },
    ],
  ])('%s', (_, own, other, expected) => {
    const [a, b] = [walletAfter(own), walletAfter(other)]
    const copies = structuredClone([a, b])
    expect(joinWallets(a, b)).toStrictEqual({ ...EMPTY_WALLET, ...expected })
    expect([a, b]).toEqual(copies)
  })

  const SIDES: [string, Move[]][] = [
    ['nothing', []],
    ['lots', [earned(50, 100), earned(20, 200)]],
    ['other lots', [earned(30, 150), earned(1, 100), spent(10)]],
    ['a debt', [earned(10, 100), spent(45)]],
    ['a large debt', [taken(500)]],
    ['pending points', [pending(40, 10), pending(5, 20)]],
    ['a debt and pending points', [spent(15), pending(20, 10)]],
    ['all of it', [earned(50, 100), pending(8, 20), spent(20), taken(3), earned(7, 300)]],
  ]

  test.each(SIDES.flatMap(([one, a]) => SIDES.map(([two, b]) => [one, two, a, b] as const)))(
    'that adds up: %s and %s',
    (_one, _two, a, b) => {
      const [own, other] = [walletAfter(a), walletAfter(b)]
      const joined = joinWallets(own, other)
      expect(joined.balance).toBe(own.balance + other.balance)
      expect(joined.pending).toBe(own.pending + other.pending)
      expect(joined.balance).toBe(
        joined.earned + joined.adjusted - joined.spent - joined.expired - joined.pending,
      )
      expect([sum(joined.lots), sum(joined.maturing)]).toEqual([Math.max(0, joined.balance), joined.pending])
      for (const lots of [joined.lots, joined.maturing]) {
        // None of nothing, none without an amount, and one of a time.
        if (lots === undefined) continue
        const times = lots.map(([at]) => at)
        expect(times).not.toEqual([])
        expect(times).toEqual([...new Set(times)].toSorted((x, y) => x - y))
        expect(lots.every(([, amount]) => amount > 0)).toBe(true)
      }
      expect(JSON.parse(JSON.stringify(joined))).toStrictEqual(joined)
      const { lots, maturing, balance, pending: waiting } = joinWallets(other, own)
      expect([lots, maturing, balance, waiting]).toEqual([
        joined.lots,
        joined.maturing,
        joined.balance,
        joined.pending,
      ])
    },
  )
})
