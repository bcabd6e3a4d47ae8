import { describe, expect, test } from 'vitest'
import { type Event, SPEND } from '#domain/event.ts'
import { foldAll, type GameState, NEW_GAME } from '#domain/fold.ts'
import { joinOpenings, transfers } from '#domain/opening.ts'
import { NO_EVENT } from '#domain/position.ts'
import { decided, event, identity, instant, programWith } from './telco.ts'

const PROGRAM = programWith(`wallets: [{ id: points, expiresAfterDays: 10 }, coins]
points:
  - { id: now, on: recharge, amount: event.value, wallet: points }
  - { id: later, on: fee, amount: event.value, wallet: points, availableAfterDays: 9 }
  - { id: kept, on: app_login, amount: '1.0', wallet: coins }
badges:
  - { id: first, kind: first, on: recharge }
  - { id: streak, kind: day-streak, on: app_login, levels: [3] }
leaderboards:
  - { id: all, wallet: points, period: all }`)

const HORIZON = instant('2026-12-01 00:00')
const settled = (...events: readonly Event[]) => foldAll(NEW_GAME, events, PROGRAM, HORIZON).state
const recharge = (local: string, value: number) => event('recharge', local, value)

const member = settled(
  recharge('2026-11-24 09:00', 7),
  event('fee', '2026-11-28 09:00', 5),
  event('app_login', '2026-11-28 09:00'),
)

describe('two openings become one', () => {
  const root = settled(recharge('2026-11-25 09:00', 50), decided(SPEND, '2026-11-26 09:00', 20))

  test('at their position, with the wallets, the events and what is due next of both', () => {
    expect(joinOpenings(root, member)).toMatchObject({
      position: { at: HORIZON, identity: NO_EVENT },
      events: 5,
      due: instant('2026-12-04 00:00'),
      wallets: {
        points: { balance: 370_000, earned: 500_000, spent: 200_000, adjusted: 120_000, pending: 50_000 },
        coins: { balance: 10_000, earned: 0, adjusted: 10_000 },
      },
    })
  })

  test('of two states of a rule the root’s goes on, and so do its boards', () => {
    const joined = joinOpenings(root, member)
    expect(joined.rules).toEqual({ ...member.rules, ...root.rules })
    expect(joined.rules.streak).toEqual(member.rules.streak)
    const logins = settled(event('app_login', '2026-11-29 09:00'), event('app_login', '2026-11-30 09:00'))
    expect(joinOpenings(logins, member).rules.streak).toEqual(logins.rules.streak)
    expect(joined.boards).toEqual(root.boards)
  })

  test.each<[string, GameState, GameState, string | null, string | null, number]>([
    ['with nothing', root, NEW_GAME, '2026-12-01 00:00', '2026-12-05 00:00', 300_000],
    ['of two that have nothing', NEW_GAME, NEW_GAME, null, null, 0],
    ['of two that have nothing to come', settled(), settled(), '2026-12-01 00:00', null, 0],
  ])('%s', (_, one, other, position, due, balance) => {
    const joined = joinOpenings(one, other)
    expect(joined.position?.at ?? null).toBe(position === null ? null : instant(position))
    expect(joined.due).toBe(due === null ? null : instant(due))
    expect(joined.wallets.points?.balance ?? 0).toBe(balance)
  })

  test('that time and events go on from: everything expires that was there', () => {
    const joined = JSON.parse(JSON.stringify(joinOpenings(root, member))) as GameState
    const { state, outcomes } = foldAll(
      joined,
      [recharge('2026-12-01 09:00', 1)],
      PROGRAM,
      instant('2027-01-01 00:00'),
    )
    expect(
      outcomes.map(({ kind, occurrence, amount }) => [
        kind,
        kind === 'points' ? '' : occurrence,
        amount / 10_000,
      ]),
    ).toEqual([
      ['points', '', 1],
      ['expired', 'expired/2026-12-04', -7],
      ['expired', 'expired/2026-12-05', -30],
      ['matured', 'matured/2026-12-07', 5],
      ['expired', 'expired/2026-12-11', -1],
      ['expired', 'expired/2026-12-17', -5],
    ])
    expect(state.wallets.points).toEqual({
      balance: 0,
      earned: 510_000,
      spent: 200_000,
      expired: 430_000,
      adjusted: 120_000,
      pending: 0,
    })
  })

  test('and neither is changed in place', () => {
    const copies = structuredClone([root, member])
    joinOpenings(root, member)
    expect([root, member]).toEqual(copies)
  })
})

describe('what moves to the other ledger', () => {
  test.each([1, -1] as const)(
    'is the balance of each wallet, times %i, and nothing that is pending',
    (sign) => {
      const shared = {
        kind: 'adjusted',
        occurrence: 'joined/7',
        level: 0,
        availableAt: null,
        receipt: { reason: 'joined with another customer' },
        at: HORIZON,
        identity: NO_EVENT,
      }
      expect(transfers(member, 'joined/7', sign)).toEqual([
        { ...shared, rule: 'points', wallet: 'points', amount: sign * 70_000 },
        { ...shared, rule: 'coins', wallet: 'coins', amount: sign * 10_000 },
      ])
    },
  )

  test.each<[string, GameState, number[]]>([
    ['nothing of nothing', NEW_GAME, []],
    [
      'nothing of what was spent',
      settled(recharge('2026-11-24 09:00', 7), decided(SPEND, '2026-11-25 09:00', 7)),
      [],
    ],
    ['a debt as one', settled(decided(SPEND, '2026-11-25 09:00', 7)), [-70_000]],
    ['nothing of what is pending', settled(event('fee', '2026-11-28 09:00', 5)), []],
  ])('is %s', (_, state, amounts) => {
    expect(transfers(state, 'joined/7', 1).map(({ amount }) => amount)).toEqual(amounts)
  })

  test('stands where the member’s past ends, which may be an event', () => {
    const position = { at: 5, identity: identity(3) }
    const state = { ...member, position }
    expect(transfers(state, 'joined/7', 1)[0]).toMatchObject(position)
    expect(transfers({ ...member, position: null }, 'joined/7', 1)[0]).toMatchObject({
      at: 0,
      identity: NO_EVENT,
    })
  })
})
