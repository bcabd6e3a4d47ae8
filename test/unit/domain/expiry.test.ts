import { describe, expect, test } from 'vitest'
import { ADJUST, type Event } from '#domain/event.ts'
import { fold, foldAll, NEW_GAME } from '#domain/fold.ts'
import type { Outcome } from '#domain/outcome.ts'
import { decided, event, fee, instant, POINTS, recharge, spend } from './telco.ts'

const adjust = (local: string, value: number) => decided(ADJUST, local, value)

/** Outcomes as [kind, amount, local time]. */
function story(events: readonly Event[], until: string) {
  const { outcomes, state } = foldAll(NEW_GAME, events, POINTS, instant(until))
  const local = (at: number) => new Date(at + 6 * 3_600_000).toISOString().slice(5, 16).replace('T', ' ')
  return {
    told: outcomes.map(({ kind, amount, at }) => [kind, amount / 10_000, local(at)]),
    balance: (state.wallets.points?.balance ?? 0) / 10_000,
    state,
  }
}

type Told = [kind: string, amount: number, local: string]

describe('a wallet in time', () => {
  test.each<[string, Event[], string, Told[], number]>([
    [
      'points expire after their days, the first included',
      [recharge('2026-11-23 09:00', 50)],
      '2026-12-03 00:00',
      [
        ['points', 50, '11-23 09:00'],
        ['expired', -50, '12-03 00:00'],
      ],
      0,
    ],
    [
      'and not a moment before',
      [recharge('2026-11-23 09:00', 50)],
      '2026-12-02 23:59:59.999',
      [['points', 50, '11-23 09:00']],
      50,
    ],
    [
      'those of one day together',
      [recharge('2026-11-23 00:00', 50), recharge('2026-11-23 23:59:59.999', 5)],
      '2026-12-31 00:00',
      [
        ['points', 50, '11-23 00:00'],
        ['points', 5, '11-23 23:59'],
        ['expired', -55, '12-03 00:00'],
      ],
      0,
    ],
    [
      'pending ones become available first, and expire by that day',
      [fee('2026-11-23 09:00', 50)],
      '2026-12-31 00:00',
      [
        ['points', 50, '11-23 09:00'],
        ['matured', 50, '11-26 00:00'],
        ['expired', -50, '12-06 00:00'],
      ],
      0,
    ],
    [
      'in the order of their days, whichever came first',
      [fee('2026-11-23 09:00', 50), recharge('2026-11-24 09:00', 7)],
      '2026-12-31 00:00',
      [
        ['points', 50, '11-23 09:00'],
        ['points', 7, '11-24 09:00'],
        ['matured', 50, '11-26 00:00'],
        ['expired', -7, '12-04 00:00'],
        ['expired', -50, '12-06 00:00'],
      ],
      0,
    ],
    [
      'a spend takes what expires first',
      [recharge('2026-11-23 09:00', 50), recharge('2026-11-24 09:00', 20), spend('2026-11-25 09:00', 60)],
      '2026-12-31 00:00',
      [
        ['points', 50, '11-23 09:00'],
        ['points', 20, '11-24 09:00'],
        ['spent', -60, '11-25 09:00'],
        ['expired', -10, '12-04 00:00'],
      ],
      0,
    ],
    [
      'a spend at the instant of expiry comes too late for it',
      [recharge('2026-11-23 09:00', 50), spend('2026-12-03 00:00', 20)],
      '2026-12-31 00:00',
      [
        ['points', 50, '11-23 09:00'],
        ['expired', -50, '12-03 00:00'],
        ['spent', -20, '12-03 00:00'],
      ],
      -20,
    ],
    [
      'a spend at the instant they become available has them',
      [fee('2026-11-23 09:00', 50), spend('2026-11-26 00:00', 20)],
      '2026-12-31 00:00',
      [
        ['points', 50, '11-23 09:00'],
        ['matured', 50, '11-26 00:00'],
        ['spent', -20, '11-26 00:00'],
        ['expired', -30, '12-06 00:00'],
      ],
      0,
    ],
    [
      'a debt is repaid before anything can expire',
      [spend('2026-11-23 09:00', 30), recharge('2026-11-24 09:00', 20), recharge('2026-11-25 09:00', 25)],
      '2026-12-31 00:00',
      [
        ['spent', -30, '11-23 09:00'],
        ['points', 20, '11-24 09:00'],
        ['points', 25, '11-25 09:00'],
        ['expired', -15, '12-05 00:00'],
      ],
      0,
    ],
    [
      'a debt is repaid by what becomes available, too',
      [spend('2026-11-23 09:00', 30), fee('2026-11-23 10:00', 20), fee('2026-11-24 09:00', 25)],
      '2026-12-31 00:00',
      [
        ['spent', -30, '11-23 09:00'],
        ['points', 20, '11-23 10:00'],
        ['points', 25, '11-24 09:00'],
        ['matured', 20, '11-26 00:00'],
        ['matured', 25, '11-27 00:00'],
        ['expired', -15, '12-07 00:00'],
      ],
      0,
    ],
    [
      'what is given by hand expires as what is earned',
      [adjust('2026-11-23 09:00', 5), recharge('2026-11-23 10:00', 1)],
      '2026-12-31 00:00',
      [
        ['adjusted', 5, '11-23 09:00'],
        ['points', 1, '11-23 10:00'],
        ['expired', -6, '12-03 00:00'],
      ],
      0,
    ],
    [
      'what is taken by hand is taken as it is spent',
      [recharge('2026-11-23 09:00', 50), adjust('2026-11-24 09:00', -45), adjust('2026-11-25 09:00', -15)],
      '2026-12-31 00:00',
      [
        ['points', 50, '11-23 09:00'],
        ['adjusted', -45, '11-24 09:00'],
        ['adjusted', -15, '11-25 09:00'],
      ],
      -10,
    ],
    [
      'a wallet without an end keeps what it has',
      [event('app_login', '2020-01-01 09:00')],
      '2026-12-31 00:00',
      [['points', 1, '01-01 09:00']],
      0,
    ],
  ])('%s', (_, events, until, told, balance) => {
    expect(story(events, until)).toMatchObject({ told, balance })
  })

  test('is the same at once and in steps, and comes back from JSON as it was', () => {
    const events = [
      fee('2026-11-23 09:00', 50),
      recharge('2026-11-24 09:00', 7),
      spend('2026-11-26 00:00', 20),
      adjust('2026-12-04 00:00', 3),
      fee('2026-12-09 00:00', 1),
    ]
    const end = instant('2026-12-10 00:00')
    const whole = foldAll(NEW_GAME, events, POINTS, end)
    let state = NEW_GAME
    const outcomes: Outcome[] = []
    for (let time = instant('2026-11-23 00:00'); time <= end; time += 3_600_000) {
      const now = events.filter(({ at }) => at > time - 3_600_000 && at <= time)
      const step = foldAll(state, now, POINTS, time)
      outcomes.push(...step.outcomes)
      state = JSON.parse(JSON.stringify(step.state))
      expect(state).toStrictEqual(step.state)
    }
    expect(outcomes).toEqual(whole.outcomes)
    expect({ ...state, position: null }).toEqual({ ...whole.state, position: null })
  })

  test('leaves what was earned, and the boards, as they are', () => {
    const { state } = story(
      [recharge('2026-11-23 09:00', 50), spend('2026-11-24 09:00', 20)],
      '2026-12-31 00:00',
    )
    expect(state.wallets.points).toEqual({
      balance: 0,
      earned: 500_000,
      spent: 200_000,
      expired: 300_000,
      adjusted: 0,
      pending: 0,
    })
    expect(state.boards.all).toMatchObject({ total: 500_000, at: instant('2026-11-23 09:00') })
  })

  test('boards count what is pending from when it was earned', () => {
    const { standings } = fold(NEW_GAME, fee('2026-11-23 09:00', 50), POINTS)
    expect(standings).toMatchObject([{ board: 'all', total: 500_000 }])
  })
})
