import { describe, expect, test } from 'vitest'
import type { Event } from '#domain/event.ts'
import { fold, foldAll, NEW_GAME } from '#domain/fold.ts'
import type { Outcome } from '#domain/outcome.ts'
import { event, identity, instant, programWith, TELCO } from './telco.ts'

const program = (rules: string) => programWith(`wallets: [points, coins]\n${rules}`)

/** What a step is where nothing comes of it. */
const NOTHING = { outcomes: [], losses: [], standings: [], checkpoints: [] }

const short = ({ kind, rule, occurrence, wallet, amount }: Outcome) =>
  [kind, rule, occurrence.length < 36 ? occurrence : 'event', wallet, amount / 10_000] as const

const game = (events: readonly Event[], by = TELCO) => foldAll(NEW_GAME, events, by)

describe('one event', () => {
  test('that no rule looks at moves the position, and nothing else', () => {
    const login = event('something_new', '2026-11-23 09:00')
    expect(fold(NEW_GAME, login, TELCO)).toEqual({
      ...NOTHING,
      state: { ...NEW_GAME, position: { at: login.at, identity: login.identity }, events: 1 },
    })
  })

  test('gives what its rules give, with rule and position', () => {
    const recharge = event('recharge', '2026-11-23 09:00', 55)
    const { state, outcomes, standings } = fold(NEW_GAME, recharge, TELCO)
    const position = { at: recharge.at, identity: recharge.identity }
    expect(outcomes).toMatchObject([
      { kind: 'points', rule: 'recharge-points', wallet: 'points', amount: 50_000, ...position },
      { kind: 'badge', rule: 'first-recharge', wallet: null, amount: 0, ...position },
    ])
    expect(state.wallets).toEqual({
      points: { balance: 50_000, earned: 50_000, spent: 0, expired: 0, adjusted: 0, pending: 0 },
    })
    expect(standings).toEqual([
      { board: 'points-week', period: '2026-W48', total: 50_000, ...position },
      { board: 'points-all', period: 'all', total: 50_000, ...position },
    ])
  })

  test('changes no state in place', () => {
    const before = game([
      event('recharge', '2026-11-23 09:00', 55),
      event('data_usage', '2026-11-23 09:00', 55),
    ])
    const copy = structuredClone(before.state)
    fold(before.state, event('recharge', '2026-11-23 10:00', 55), TELCO)
    fold(before.state, event('data_usage', '2026-11-23 10:00', 9_000), TELCO)
    expect(before.state).toEqual(copy)
    expect(NEW_GAME).toEqual({ position: null, events: 0, due: null, wallets: {}, rules: {}, boards: {} })
  })
})

describe('several rules of one event', () => {
  const BOTH = program(`
missions:
  - { id: m, on: recharge, objective: { count: events, target: 1 }, window: once, reward: { wallet: coins, amount: 5 } }
badges:
  - { id: b, kind: first, on: recharge }
points:
  - { id: p2, on: recharge, amount: '2.0', wallet: points }
  - { id: p1, on: recharge, amount: '1.0', wallet: points }
leaderboards:
  - { id: all-points, wallet: points, period: all }
  - { id: all-coins, wallet: coins, period: all }
  - { id: day-points, wallet: points, period: day }
`)

  test('count points, badges, missions, each in the order of the file', () => {
    const { outcomes } = game([event('recharge', '2026-11-23 09:00')], BOTH)
    expect(outcomes.map(short)).toEqual([
      ['points', 'p2', 'event', 'points', 2],
      ['points', 'p1', 'event', 'points', 1],
      ['badge', 'b', '1', null, 0],
      ['mission', 'm', 'once', 'coins', 5],
    ])
  })

  test('credit each its wallet, and the boards of that wallet', () => {
    const { state, standings } = game([event('recharge', '2026-11-23 09:00')], BOTH)
    expect([state.wallets.points?.balance, state.wallets.coins?.earned]).toEqual([30_000, 50_000])
    expect(standings.map(({ board, period, total }) => [board, period, total])).toEqual([
      ['all-points', 'all', 30_000],
      ['day-points', '2026-11-23', 30_000],
      ['all-coins', 'all', 50_000],
    ])
  })
})

describe('an event on which a rule fails', () => {
  const FRAGILE = program(`
points:
  - { id: first, on: recharge, amount: '1.0', wallet: points, cap: { amount: 100, per: day } }
  - { id: fragile, on: recharge, amount: 'double(event.metadata.bonus)', wallet: points }
  - { id: last, on: recharge, amount: '1.0', wallet: points }
badges:
  - { id: badge, kind: first, on: recharge }
missions:
  - { id: logins, on: app_login, objective: { count: events, target: 9 }, window: once }
`)
  const good = (local: string) => event('recharge', local, 1, { bonus: 7 })

  test('counts for no rule at all, and says why', () => {
    const before = game([good('2026-11-23 09:00'), event('app_login', '2026-11-23 09:30')], FRAGILE).state
    const bad = event('recharge', '2026-11-23 10:00', 1)
    const position = { at: bad.at, identity: bad.identity }
    expect(fold(before, bad, FRAGILE)).toEqual({
      ...NOTHING,
      state: { ...before, position, events: 3 },
      outcomes: [
        {
          kind: 'failed',
          rule: 'fragile',
          occurrence: bad.identity,
          level: 0,
          wallet: null,
          amount: 0,
          availableAt: null,
          receipt: { error: 'No such key: bonus' },
          ...position,
        },
      ],
    })
  })

  test('is not even tried where it is barred, and then no rule is to blame', () => {
    const before = game([good('2026-11-23 09:00')], FRAGILE).state
    const barred = { ...good('2026-11-23 10:00'), isBarred: true }
    const position = { at: barred.at, identity: barred.identity }
    const step = fold(before, barred, FRAGILE)
    expect(step.state).toEqual({ ...before, position, events: 2 })
    expect(step.outcomes.map(short)).toEqual([['failed', '', 'event', null, 0]])
  })

  test('leaves nothing behind on a customer’s first event', () => {
    const bad = event('recharge', '2026-11-23 10:00', 1)
    expect(fold(NEW_GAME, bad, FRAGILE).state).toEqual({
      ...NEW_GAME,
      position: { at: bad.at, identity: bad.identity },
      events: 1,
    })
  })

  test('does not stop the next one', () => {
    const { outcomes, state } = game(
      [event('recharge', '2026-11-23 10:00', 1), good('2026-11-23 11:00')],
      FRAGILE,
    )
    expect(outcomes.map(short)).toEqual([
      ['failed', 'fragile', 'event', null, 0],
      ['points', 'first', 'event', 'points', 1],
      ['points', 'fragile', 'event', 'points', 7],
      ['points', 'last', 'event', 'points', 1],
      ['badge', 'badge', '1', null, 0],
    ])
    expect(state.wallets.points?.balance).toBe(90_000)
  })

  test.each([
    ['"much"', 'double() type error: cannot convert to double'],
    ['1e300', '1e+300 is not an amount: it must be finite and below 900 billion'],
  ])('of %s fails with %s', (bonus, error) => {
    const bad = { ...event('recharge', '2026-11-23 10:00', 1), payload: `{"metadata":{"bonus":${bonus}}}` }
    expect(fold(NEW_GAME, bad, FRAGILE).outcomes[0]?.receipt).toEqual({ error })
  })
})

describe('boards', () => {
  test('begin anew with each period, and go on for ever', () => {
    const { standings, state } = game([
      event('recharge', '2026-11-29 23:59:59.999', 30),
      event('recharge', '2026-11-30 00:00', 20),
      event('recharge', '2026-12-01 09:00', 20),
    ])
    expect(standings.map(({ board, period, total }) => [board, period, total])).toEqual([
      ['points-week', '2026-W48', 30_000],
      ['points-week', '2026-W49', 40_000],
      ['points-all', 'all', 70_000],
    ])
    expect(state.boards['points-week']?.total).toBe(40_000)
  })

  test('tell where the total reached its height: later events that give nothing do not move it', () => {
    const last = event('recharge', '2026-11-23 10:00', 20)
    const { standings } = game([
      event('recharge', '2026-11-23 09:00', 30),
      last,
      event('recharge', '2026-11-23 11:00', 5),
      event('app_login', '2026-11-23 12:00'),
    ])
    expect(standings).toMatchObject([
      { board: 'points-week', total: 50_000, at: last.at, identity: last.identity },
      { board: 'points-all', total: 50_000, at: last.at, identity: last.identity },
    ])
  })
})

test('an award of less than a wallet can hold moves no wallet and no board', () => {
  const crumbs = program(`
missions:
  - { id: m, on: recharge, objective: { count: events, target: 1 }, window: once, reward: { wallet: points, amount: 0.00001 } }
leaderboards:
  - { id: all-points, wallet: points, period: all }
`)
  const { state, outcomes, standings } = game([event('recharge', '2026-11-23 09:00')], crumbs)
  expect(outcomes.map(short)).toEqual([['mission', 'm', 'once', 'points', 0]])
  expect([state.wallets, state.boards, standings]).toEqual([{}, {}, []])
})

describe('many events', () => {
  test('are folded by time, and by identity where they happened at once', () => {
    const at = instant('2026-11-23 09:00')
    const recharges = [2, 0, 1].map((number) => ({
      ...event('recharge', '2026-11-23 09:00', 600),
      identity: identity(number),
    }))
    const earlier = { ...event('recharge', '2026-11-23 08:00', 10), identity: identity(9) }
    const { outcomes, state } = game([...recharges, earlier])
    const points = outcomes.filter(({ kind }) => kind === 'points')
    expect(points.map(({ identity, amount }) => [identity, amount / 10_000])).toEqual([
      [identity(9), 1],
      [identity(0), 60],
      [identity(1), 39],
    ])
    expect(state.position).toEqual({ at, identity: identity(2) })
  })

  test('none at all change nothing', () => {
    expect(game([])).toEqual({ ...NOTHING, state: NEW_GAME })
  })
})

test('a week in the life of a customer of the starter program', () => {
  const { outcomes, state } = game([
    event('recharge', '2026-11-23 09:00', 149.5),
    event('app_login', '2026-11-23 09:01'),
    event('recharge', '2026-11-23 21:00', 5_000),
    event('data_usage', '2026-11-24 09:00', 5_119.9999),
    event('app_login', '2026-11-24 10:00'),
    event('kyc_update', '2026-11-24 11:00'),
    event('kyc_update', '2026-11-24 12:00'),
    event('app_login', '2026-11-25 23:59'),
    event('data_usage', '2026-11-29 23:59:59.999', 0.0001),
    event('data_usage', '2026-11-30 00:00', 5_120),
    event('recharge', '2026-11-30 00:00', 9.9999),
  ])
  expect(outcomes.map(short)).toEqual([
    ['points', 'recharge-points', 'event', 'points', 14],
    ['badge', 'first-recharge', '1', null, 0],
    ['points', 'recharge-points', 'event', 'points', 86],
    ['mission', 'kyc', 'once', 'points', 100],
    ['badge', 'login-streak', '1', null, 0],
    ['mission', 'weekly-data', '2026-W48', 'points', 50],
    ['mission', 'weekly-data', '2026-W49', 'points', 50],
  ])
  expect(state.wallets.points?.balance).toBe(3_000_000)
})
