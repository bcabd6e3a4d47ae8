import { describe, expect, test } from 'vitest'
import { type Event, SPEND } from '#domain/event.ts'
import { fold, foldAll, NEW_GAME } from '#domain/fold.ts'
import { day, decided, event, instant, programWith } from './telco.ts'

const recharge = (local: string, value = 1) => event('recharge', local, value)

describe('scores in the fold', () => {
  const SCORED = programWith(`wallets: [points]
scores:
  - { id: days-seen, kind: engagement, days: 3, bands: [{ from: 0, name: any }] }
  - { id: spending, kind: monetary, on: recharge, days: 3, steps: [{ atLeast: 100, score: 9 }], bands: [{ from: 0, name: any }] }
  - { id: nobody-asks, kind: frequency, on: fee, days: 366, steps: [{ score: 1 }], bands: [{ from: 0, name: any }] }
points:
  - { id: by-score, on: recharge, when: scores.spending >= 9.0, amount: 1.0 + scores.days_seen, wallet: points }
  - { id: fragile, on: app_login, amount: 10.0 / event.value, wallet: points }`)

  /** What each event is given, in points. */
  const given = (events: readonly Event[]) => {
    const { outcomes } = foldAll(NEW_GAME, events, SCORED)
    return events.map(({ identity }) => {
      const own = outcomes.filter((outcome) => outcome.identity === identity && outcome.kind === 'points')
      return own.reduce((sum, { amount }) => sum + amount, 0) / 10_000
    })
  }

  test.each<[string, Event[], number[]]>([
    ['include the event itself', [recharge('2026-11-23 09:00', 100)], [2]],
    [
      'include those before, and none after',
      [recharge('2026-11-23 09:00', 60), recharge('2026-11-23 10:00', 60), recharge('2026-11-23 11:00', 60)],
      [0, 2, 2],
    ],
    [
      'forget what has left their window',
      [recharge('2026-11-23 09:00', 60), recharge('2026-11-25 10:00', 60), recharge('2026-11-26 09:00', 30)],
      [0, 3, 0],
    ],
    [
      'include types that no rule looks at, where they take any',
      [event('unheard_of', '2026-11-22 09:00'), recharge('2026-11-23 09:00', 100)],
      [0, 3],
    ],
    [
      'include an event that a rule failed on',
      [event('app_login', '2026-11-22 09:00', 0), recharge('2026-11-23 09:00', 100)],
      [0, 3],
    ],
    [
      'include nothing that Laurel itself writes',
      [decided(SPEND, '2026-11-22 09:00', 500), recharge('2026-11-23 09:00', 100)],
      [0, 2],
    ],
  ])('%s', (_, events, points) => {
    expect(given(events)).toEqual(points)
  })

  test('are carried as day buckets, no longer than a rule looks back, and only where one does', () => {
    const events = ['20', '21', '23'].map((date) => recharge(`2026-11-${date} 09:00`, 60))
    const { state } = foldAll(NEW_GAME, [...events, event('fee', '2026-11-23 10:00', 5)], SCORED)
    expect(state.scores).toEqual({
      activity: [day('2026-11-21'), 1, 0, day('2026-11-23'), 2, 0],
      types: { recharge: [day('2026-11-21'), 1, 600_000, day('2026-11-23'), 1, 600_000] },
    })
    expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state)
    const bare = programWith(`wallets: [points]
scores: [{ id: s, kind: engagement, days: 3, bands: [{ from: 0, name: any }] }]`)
    expect(foldAll(NEW_GAME, events, bare).state).not.toHaveProperty('scores')
  })
})

describe('wallets in conditions', () => {
  const AROUND = programWith(`wallets: [points, { id: late-points, expiresAfterDays: 1 }]
points:
  - { id: base, on: recharge, amount: event.value, wallet: points }
  - { id: later, on: fee, amount: event.value, wallet: late-points, availableAfterDays: 1 }
  - { id: double-or-nothing, on: recharge, when: wallets.points.balance >= 100.0, amount: wallets.points.earned, wallet: points }
badges:
  - { id: rich, kind: first, on: recharge, when: wallets.points.balance >= 200.0 }
  - { id: waiting, kind: first, on: recharge, when: wallets.late_points.pending > 0.0 && wallets.late_points.balance == 0.0 }
  - { id: spender, kind: first, on: recharge, when: wallets.points.spent >= 50.0 }
  - { id: fragile, kind: first, on: app_login, when: 1 / int(event.value) > 0 }`)

  const given = (...events: readonly Event[]) =>
    foldAll(NEW_GAME, events, AROUND).outcomes.map(({ rule, amount }) => [rule, amount / 10_000])

  test('see what the rules before them gave for the same event', () => {
    expect(given(recharge('2026-11-23 09:00', 100))).toEqual([
      ['base', 100],
      ['double-or-nothing', 100],
      ['rich', 0],
    ])
    expect(given(recharge('2026-11-23 09:00', 99))).toEqual([['base', 99]])
  })

  test('see what was spent, and what is pending', () => {
    expect(
      given(
        decided(SPEND, '2026-11-23 08:00', 50),
        event('fee', '2026-11-23 08:30', 5),
        recharge('2026-11-23 09:00', 1),
      ).filter(([rule]) => rule !== 'points'),
    ).toEqual([
      ['later', 5],
      ['base', 1],
      ['waiting', 0],
      ['spender', 0],
    ])
  })

  test('see nothing of an event that was left out', () => {
    const failing = { ...event('app_login', '2026-11-23 08:00', 0) }
    expect(given(failing, recharge('2026-11-23 09:00', 99))).toEqual([
      ['fragile', 0],
      ['base', 99],
    ])
  })
})

describe('badges in conditions', () => {
  const HOLDING = programWith(`wallets: [points]
scores:
  - { id: recency, kind: recency, on: fee, steps: [{ atMost: 0, score: 2 }, { score: 1 }], bands: [{ from: 2, name: fresh }, { from: 0, name: gone }] }
points:
  - { id: before, on: recharge, when: customer.badges.spender >= 1, amount: double(customer.badges.spender), wallet: points }
badges:
  - { id: spender, kind: sum, on: recharge, levels: [10, 20], per: day, follow: true }
  - { id: after, kind: every, on: recharge, when: customer.badges.spender == 2, count: 1 }
  - { id: early, kind: first, on: recharge, when: customer.badges.later == 0 }
  - { id: later, kind: first, on: fee, from: 2026-11-03T00:00 }
  - { id: fresh, kind: band, score: recency, band: fresh, from: 2026-11-03T00:00 }
  - { id: freshly, kind: every, on: app_login, when: customer.badges.fresh > 0, count: 1 }`)

  const given = (...events: readonly Event[]) =>
    foldAll(NEW_GAME, events, HOLDING).outcomes.map(({ rule, level, amount, identity }) => [
      rule,
      level + amount / 10_000,
      events.findIndex((each) => each.identity === identity),
    ])

  test('are as of the event: what rules before gave for it is seen, and what those after give is not', () => {
    expect(given(recharge('2026-11-02 09:00', 10), recharge('2026-11-02 10:00', 10))).toEqual([
      ['spender', 1, 0],
      ['early', 1, 0],
      ['before', 1, 1],
      ['spender', 2, 1],
      ['after', 1, 1],
    ])
  })

  test('are levels that are held, not those that were lost again', () => {
    const events = [
      recharge('2026-11-02 09:00', 20),
      recharge('2026-11-02 10:00', -15),
      recharge('2026-11-02 11:00'),
    ]
    expect(given(...events).filter(([rule]) => rule === 'before')).toEqual([['before', 2, 1]])
  })

  test('of a band are held while the score is in it, and not before the beginning of the rule', () => {
    const login = (local: string) => event('app_login', local)
    const events = [
      event('fee', '2026-11-02 09:00', 1),
      login('2026-11-02 10:00'),
      login('2026-11-03 00:00'),
      event('fee', '2026-11-04 09:00', 1),
      login('2026-11-04 10:00'),
      login('2026-11-05 10:00'),
    ]
    expect(given(...events).filter(([rule]) => rule === 'freshly')).toEqual([['freshly', 1, 4]])
  })
})

describe('missions and tiers in conditions', () => {
  const ASKING = programWith(`wallets: [points]
segments:
  - { id: golden, when: customer.tiers.my_club == "gold" }
points:
  - { id: base, on: recharge, amount: event.value, wallet: points }
  - { id: for-gold, on: recharge, when: customer.tiers.my_club == "gold", amount: '1.0', wallet: points }
  - { id: for-none, on: recharge, when: customer.tiers.my_club == "", amount: '2.0', wallet: points }
  - { id: for-the-done, on: recharge, when: customer.missions.daily, amount: '3.0', wallet: points }
  - { id: for-the-golden, on: fee, when: customer.segments.golden, amount: '4.0', wallet: points }
badges:
  - { id: later-tier, kind: every, on: fee, when: customer.tiers.later != "", count: 1 }
missions:
  - { id: same-event, on: recharge, when: customer.missions.daily, objective: { count: events, target: 1 }, window: day }
  - { id: daily, on: recharge, objective: { count: events, target: 2 }, window: day }
  - { id: after-daily, on: recharge, when: customer.missions.daily, objective: { count: events, target: 1 }, window: once }
  - { id: unasked, on: recharge, objective: { count: events, target: 2 }, window: day }
tiers:
  - { id: my-club, wallet: points, per: day, levels: [{ name: silver, from: 100 }, { name: gold, from: 200 }] }
  - { id: later, wallet: points, levels: [{ name: any, from: 1 }], from: 2026-11-20T00:00 }`)

  const given = (...events: readonly Event[]) =>
    foldAll(NEW_GAME, events, ASKING).outcomes.flatMap(({ rule, identity }) => {
      const isNoise = ['base', 'daily', 'unasked', 'my-club', 'later'].includes(rule)
      return isNoise ? [] : [[rule, events.findIndex((each) => each.identity === identity)]]
    })

  test('a tier is as of before the event, and falls by time before the event comes', () => {
    expect(
      given(
        recharge('2026-11-02 09:00', 100),
        recharge('2026-11-02 10:00', 100),
        recharge('2026-11-02 11:00', 0),
        event('fee', '2026-11-03 23:59', 0),
        event('fee', '2026-11-04 00:00', 0),
        recharge('2026-11-04 00:00', 0),
      ).filter(([rule]) => String(rule).startsWith('for-') && rule !== 'for-the-done'),
    ).toEqual([
      ['for-none', 0],
      ['for-gold', 2],
      ['for-the-golden', 3],
      ['for-none', 5],
    ])
  })

  test('a tier that has not begun is held by nobody', () => {
    const fees = [event('fee', '2026-11-19 23:59', 0), event('fee', '2026-11-20 10:00', 0)]
    const whole = [recharge('2026-11-02 09:00', 5), ...fees, recharge('2026-11-20 09:00', 5)]
    expect(given(...whole).filter(([rule]) => rule === 'later-tier')).toEqual([['later-tier', 2]])
  })

  test('a mission counts from its completion on, in all later windows', () => {
    const days = ['02 09:00', '02 10:00', '05 09:00', '06 09:00'].map((day) => recharge(`2026-11-${day}`, 0))
    expect(given(...days).filter(([rule]) => rule !== 'for-none')).toEqual([
      ['after-daily', 1],
      ['for-the-done', 2],
      ['same-event', 2],
      ['for-the-done', 3],
      ['same-event', 3],
    ])
  })

  test('only missions that are asked for keep for ever that they were completed', () => {
    const names = ASKING.missions.filter(({ remembers }) => remembers).map(({ id }) => id)
    expect(names).toEqual(['daily'])
    expect(ASKING.looksAround).toBe(true)
  })
})

describe('a rule in force', () => {
  const FORCE = 'from: 2026-11-23T00:00, until: 2026-11-24T00:00'
  const RULES = programWith(`wallets: [points]
points:
  - { id: p, on: recharge, amount: event.value, wallet: points, cap: { amount: 100, per: all }, ${FORCE} }
  - { id: fragile, on: app_login, amount: 10.0 / event.value, wallet: points, ${FORCE} }
badges:
  - { id: b, kind: first, on: recharge, ${FORCE} }
missions:
  - { id: m, on: recharge, objective: { count: events, target: 2 }, window: week, ${FORCE} }`)

  test.each<[string, string, string[]]>([
    ['not before its beginning', '2026-11-22 23:59:59.999', []],
    ['from its beginning', '2026-11-23 00:00', ['points', 'badge']],
    ['up to its end', '2026-11-23 23:59:59.999', ['points', 'badge']],
    ['not at its end', '2026-11-24 00:00', []],
  ])('looks at events %s', (_, local, kinds) => {
    const { outcomes, state } = fold(NEW_GAME, recharge(local), RULES)
    expect(outcomes.map(({ kind }) => kind)).toEqual(kinds)
    expect(Object.keys(state.rules)).toEqual(kinds.length === 0 ? [] : ['p', 'b', 'm'])
  })

  test('counts nothing that came before it', () => {
    const events = ['2026-11-22 09:00', '2026-11-23 09:00'].map((local) => recharge(local, 100))
    const { outcomes } = foldAll(NEW_GAME, events, RULES)
    expect(outcomes.map(({ kind, amount }) => [kind, amount])).toEqual([
      ['points', 1_000_000],
      ['badge', 0],
    ])
  })

  test('cannot fail on what it does not look at', () => {
    const logins = ['2026-11-22 09:00', '2026-11-23 09:00', '2026-11-24 09:00'].map((local) =>
      event('app_login', local, 0),
    )
    const { outcomes } = foldAll(NEW_GAME, logins, RULES)
    expect(outcomes.map(({ kind, at }) => [kind, at])).toEqual([['failed', instant('2026-11-23 09:00')]])
  })
})

describe('a rule that is skipped where it fails', () => {
  const SKIPPING = programWith(`wallets: [points]
points:
  - { id: fragile, on: recharge, amount: 10.0 / double(event.metadata.share), wallet: points, cap: { amount: 15, per: all }, onError: skip }
  - { id: sound, on: recharge, amount: '1.0', wallet: points }
  - { id: strict, on: app_login, amount: double(event.metadata.share), wallet: points }
  - { id: lenient, on: app_login, amount: '1.0', wallet: points, onError: skip }`)
  const shared = (type: string, share?: string) => event(type, '2026-11-23 09:00', 1, share ? { share } : {})
  const told = (events: readonly Event[]) =>
    foldAll(NEW_GAME, events, SKIPPING).outcomes.map(({ kind, rule, amount }) => [
      kind,
      rule,
      amount / 10_000,
    ])

  test('gives nothing for the event, and keeps its state; the others count it', () => {
    expect(told([shared('recharge', '1'), shared('recharge'), shared('recharge', '1')])).toEqual([
      ['points', 'fragile', 10],
      ['points', 'sound', 1],
      ['points', 'sound', 1],
      ['points', 'fragile', 5],
      ['points', 'sound', 1],
    ])
  })

  test('is not counted either where another one fails that is not skipped', () => {
    expect(told([shared('app_login')])).toEqual([['failed', 'strict', 0]])
  })
})

describe('what an event wins and a later one takes away', () => {
  const LEVELS = programWith(
    'wallets: [points]\nbadges: [{ id: b, kind: sum, on: fee, levels: [100], follow: true }]',
  )
  const fees = (...values: readonly number[]) =>
    values.map((value, i) => event('fee', `2026-11-23 0${i}:00`, value))

  test('is lost, with the event that took it', () => {
    const [won, lost] = fees(140, -74)
    const { outcomes, losses } = fold(fold(NEW_GAME, won!, LEVELS).state, lost!, LEVELS)
    expect(outcomes).toEqual([])
    expect(losses).toEqual([
      {
        rule: 'b',
        occurrence: '1',
        receipt: { sum: 660_000, target: 1_000_000 },
        at: lost!.at,
        identity: lost!.identity,
      },
    ])
  })

  test('and comes back, is the last of them alone', () => {
    const events = fees(140, -74, 84)
    const { outcomes, losses } = foldAll(NEW_GAME, events, LEVELS)
    expect(outcomes).toMatchObject([{ rule: 'b', level: 1, identity: events[2]!.identity }])
    expect(losses).toEqual([])
  })
})
