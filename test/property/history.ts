import fc from 'fast-check'
import { appliedTo } from '#domain/customer.ts'
import { ADJUST, type Event, SPEND } from '#domain/event.ts'
import { comparePositions } from '#domain/position.ts'
import { type Program, parseProgram } from '#domain/program.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Rules of every kind, with bounds low enough for a short history to reach them. */
const RULES = `
program: laws
wallets: [points, { id: coins, expiresAfterDays: 3 }, { id: miles, expiresAfterDays: 2 }]
scores:
  - { id: recency, kind: recency, on: recharge, steps: [{ atMost: 1, score: 3 }, { atMost: 5, score: 2 }, { score: 1 }], bands: [{ from: 3, name: fresh }, { from: 2, name: stale }, { from: 0, name: gone }] }
  - { id: frequency, kind: frequency, on: recharge, days: 7, steps: [{ atLeast: 3, score: 2 }, { atLeast: 1, score: 1 }], bands: [{ from: 2, name: often }, { from: 0, name: seldom }] }
  - { id: monetary, kind: monetary, on: data_usage, days: 5, steps: [{ above: 500, score: 2 }, { above: 0, score: 1 }], bands: [{ from: 1, name: some }, { from: 0, name: none }] }
  - { id: engagement, kind: engagement, days: 10, bands: [{ from: 3, name: busy }, { from: 0, name: quiet }] }
  - { id: fee-weight, kind: decayed, on: fee, days: 20, halfLifeDays: 1.5, bands: [{ from: 50, name: heavy }, { from: -50, name: light }, { from: -1000, name: owed }] }
  - { id: busyness, kind: trend, days: 2, overDays: 6, bands: [{ from: 1.2, name: more }, { from: 0.5, name: same }, { from: 0, name: less }] }
  - { id: fee-trend, kind: trend, on: fee, sum: value, days: 3, overDays: 9, bands: [{ from: 1.5, name: dearer }, { from: 0.5, name: alike }, { from: -1000, name: cheaper }] }
  - { id: age, kind: tenure, bands: [{ from: 12, name: old }, { from: 2, name: young }, { from: 0, name: unborn }] }
  - { id: recharging-since, kind: tenure, on: recharge, bands: [{ from: 6.5, name: settled }, { from: 1, name: beginning }, { from: 0, name: never }] }
  - { id: silence, kind: churn-risk, days: 10, bands: [{ from: 2.5, name: leaving }, { from: 1.01, name: overdue }, { from: 0, name: here }] }
  - { id: login-silence, kind: churn-risk, on: app_login, days: 14, bands: [{ from: 3, name: leaving }, { from: 1.5, name: overdue }, { from: 0.4, name: awaited }, { from: 0, name: here }] }
  - { id: liking, kind: composite, of: { recency: 0.5, frequency: 0.25, engagement: -0.1 }, bands: [{ from: 1, name: much }, { from: 0.45, name: some }, { from: -9, name: none }] }
  - { id: worth, kind: composite, of: { fee-weight: 0.02, age: -0.3, silence: 0.7, busyness: 0.4 }, bands: [{ from: 1.5, name: much }, { from: 0, name: some }, { from: -1.5, name: little }, { from: -99, name: none }] }
  - { id: bond, kind: composite, of: { age: 0.1, silence: -0.1, liking: 1 }, bands: [{ from: 1.1, name: strong }, { from: 0.5, name: loose }, { from: -9, name: none }] }
attributes:
  - { id: channel-told, on: [recharge, app_login], when: has(event.metadata.channel), type: string, value: event.metadata.channel, default: none }
  - { id: last-fee, on: fee, type: double, value: event.value, default: -1 }
  - { id: bonus-told, on: recharge, type: bool, value: event.metadata.bonus > 1.0 }
  - { id: bonus-skipped, on: recharge, type: double, value: event.metadata.bonus, from: 2026-03-25T00:00, until: 2026-04-05T00:00, onError: skip }
segments:
  - { id: loyal, when: scores.recency >= 2.0 && (wallets.coins.balance > 10.0 || customer.badges.streak > 0) }
  - { id: of-the-app, when: customer.attributes.channel_told == "app" }
  - { id: divided, when: 4 / int(scores.frequency) > 2 }
eligibility:
  - { id: not-of-ussd, when: customer.attributes.channel_told != "ussd" }
  - { id: no-members-of-coins, when: customer.tiers.by_coins_from_some_day != "many" }
  - { id: owing-little, when: scores.fee_weight > -20.0, from: 2026-03-26T00:00, until: 2026-04-06T00:00 }
  - { id: not-listed, exclude: [c, 'x*'] }
  - { id: fragile-eligible, when: 2 / (int(scores.recency) - 2) < 5 }
points:
  - { id: flat, on: app_login, amount: '1.5', wallet: coins }
  - { id: tenth, on: recharge, when: event.value >= 10.0, amount: floor(event.value / 10.0), wallet: points, cap: { amount: 100, per: day } }
  - { id: whole, on: recharge, amount: event.value, wallet: coins, cap: { amount: 777.7777, per: week } }
  - { id: monthly, on: data_usage, amount: event.value * 2.0, wallet: points, cap: { amount: 1000, per: month } }
  - { id: capped-for-ever, on: recharge, amount: '60.0', wallet: points, cap: { amount: 100, per: all } }
  - { id: uncapped, on: fee, amount: event.value, wallet: points }
  - { id: channel, on: recharge, when: has(event.metadata.channel) && event.metadata.channel == "app", amount: '3.0', wallet: points }
  - { id: later, on: recharge, amount: event.value, wallet: miles, availableAfterDays: 1, cap: { amount: 250, per: day } }
  - { id: much-later, on: app_login, amount: '7.0', wallet: points, availableAfterDays: 4 }
  - { id: for-regulars, on: app_login, when: scores.frequency >= 2.0 || scores.fee_weight > 50.0, amount: 1.0 + scores.recency, wallet: miles }
  - { id: for-a-week, on: fee, amount: '5.0', wallet: coins, from: 2026-03-25T00:00, until: 2026-04-01T00:00 }
  - { id: for-the-settled, on: fee, when: scores.age >= 5.0 && scores.silence < 1.5 || scores.busyness > 1.1 || scores.liking > 0.8, amount: '2.0', wallet: miles }
  - { id: for-the-app, on: data_usage, when: customer.attributes.channel_told == "app", amount: 2.0 + customer.attributes.bonus_skipped, wallet: miles }
  - { id: for-fees, on: fee, when: customer.attributes.last_fee >= 20.0, amount: customer.attributes.last_fee / 10.0, wallet: points }
  - { id: for-holders, on: recharge, when: customer.badges.streak >= 1 || customer.badges.fees > 1, amount: 1.0 + double(customer.badges.every_other), wallet: coins }
  - { id: for-the-loyal, on: fee, when: customer.segments.loyal && wallets.miles.pending == 0.0, amount: wallets.coins.earned, wallet: coins, cap: { amount: 40, per: day } }
  - { id: for-the-divided, on: fee, when: customer.segments.divided, amount: '3.0', wallet: miles }
  - { id: for-half, on: recharge, when: customer.bucket < 50, amount: 1.0 + double(customer.bucket), wallet: points, cap: { amount: 90, per: week } }
  - { id: for-members, on: recharge, when: 'customer.tiers.by_points != "" && customer.tiers.by_coins_of_the_week in ["many", "most"]', amount: '1.5', wallet: coins }
  - { id: bond-bonus, on: fee, when: customer.tiers.by_bond == "tight" || customer.tiers.by_busyness == "", amount: 'customer.tiers.by_worth == "most" ? 3.0 : 1.0', wallet: miles }
  - { id: for-the-diligent, on: app_login, when: customer.missions.usage_or_fees || customer.missions.weekly_data, amount: '2.0', wallet: points }
  - { id: for-bonus, on: recharge, when: customer.attributes.bonus_told, amount: '4.0', wallet: coins }
  - { id: fragile-when, on: recharge, when: event.metadata.bonus > 1.0, amount: '2.0', wallet: coins }
  - { id: fragile-amount, on: data_usage, amount: 10.0 / event.value, wallet: coins }
badges:
  - { id: first-recharge, kind: first, on: recharge }
  - { id: first-large, kind: first, on: recharge, when: event.value >= 500.0 }
  - { id: streak, kind: day-streak, on: app_login, levels: [1, 2, 4] }
  - { id: recharge-streak, kind: day-streak, on: recharge, levels: [2, 3] }
  - { id: fees, kind: sum, on: fee, levels: [50, 100, 200], follow: true }
  - { id: weekly-fees, kind: sum, on: fee, levels: [20, 80], per: week, follow: true }
  - { id: fees-reached, kind: sum, on: fee, levels: [50, 150], per: month }
  - { id: fees-paid, kind: sum, on: fee, levels: [100, 300], only: positive }
  - { id: fresh, kind: band, score: recency, band: fresh }
  - { id: gone, kind: band, score: recency, band: gone }
  - { id: quiet, kind: band, score: engagement, band: quiet, until: 2026-04-05T12:00 }
  - { id: light, kind: band, score: fee-weight, band: light }
  - { id: busier, kind: band, score: busyness, band: more }
  - { id: cheaper, kind: band, score: fee-trend, band: cheaper }
  - { id: old, kind: band, score: age, band: old }
  - { id: settled, kind: band, score: recharging-since, band: settled }
  - { id: overdue, kind: band, score: silence, band: overdue }
  - { id: leaving, kind: band, score: login-silence, band: leaving }
  - { id: worthy, kind: band, score: worth, band: some }
  - { id: bound, kind: band, score: bond, band: loose }
  - { id: decorated, kind: every, on: recharge, when: customer.badges.first_recharge == 1 && customer.badges.recharge_streak > 0, count: 2 }
  - { id: loyal-login, kind: count, on: app_login, when: customer.segments.loyal && !customer.segments.of_the_app, per: week, levels: [1, 2] }
  - { id: every-other, kind: every, on: recharge, count: 2 }
  - { id: logins-once, kind: every, on: app_login, levels: [1, 3], once: true }
  - { id: fee-run, kind: streak, on: fee, when: event.value >= 10.0, levels: [2, 3] }
  - { id: recharge-run, kind: streak, on: recharge, when: event.value >= 1.0, levels: [2, 4], once: true }
  - { id: quick-fees, kind: streak, on: fee, when: event.value >= -50.0, levels: [2, 4], within: { days: 4.5 } }
  - { id: quick-logins, kind: streak, on: app_login, levels: [2, 3, 5], within: { hours: 90 }, consecutive: false }
  - { id: quick-once, kind: streak, on: recharge, levels: [2, 4], within: { days: 6 }, consecutive: false, once: true }
  - { id: recharges-of-three-days, kind: count, on: recharge, per: { days: 3, starting: 2026-03-28 }, levels: [1, 2] }
  - { id: fees-of-the-day, kind: count, on: fee, when: event.value > 0.0, per: day, count: 2 }
  - { id: fee-thirds, kind: sum, on: fee, levels: [20, 80], per: { days: 3 }, follow: true }
  - { id: login-days, kind: periods, on: app_login, per: day, levels: [1, 2, 4], freezes: 2 }
  - { id: fee-days, kind: periods, on: fee, per: { days: 2 }, sum: 20, levels: [1, 2, 3], freezes: 1 }
  - { id: fee-weeks-once, kind: periods, on: fee, per: week, sum: 20, levels: [1, 2], once: true }
  - { id: fee-days-of-five, kind: periods, on: fee, per: day, sum: 20, levels: [1, 2, 3], consecutive: false, within: 5 }
  - { id: busy-days, kind: periods, on: recharge, per: day, count: 2, levels: [1, 2], consecutive: false, within: 6 }
missions:
  - { id: daily-logins, on: app_login, objective: { count: events, target: 2 }, window: day, reward: { wallet: coins, amount: 5 }, tellMissed: true }
  - { id: weekly-data, on: data_usage, objective: { sum: value, target: 300 }, window: week, reward: { wallet: points, amount: 50 }, tellMissed: true }
  - { id: monthly-fees, on: fee, objective: { sum: value, target: 100 }, window: month, reward: { wallet: points, amount: 0.0001 } }
  - { id: once, on: recharge, objective: { count: events, target: 3 }, window: once, reward: { wallet: points, amount: 20 } }
  - { id: honorary, on: app_login, objective: { count: events, target: 1 }, window: week }
  - { id: usage-or-fees, on: [data_usage, fee], objective: { sum: value, target: 80 }, window: { days: 3, starting: 2026-03-28 }, repeat: always, reward: { wallet: miles, amount: 3 }, tellMissed: true }
  - id: all-of-it
    objectives:
      - { on: app_login, count: days, target: 2 }
      - { on: recharge, when: event.value >= 10.0, count: events, target: 2 }
      - { on: fee, sum: value, target: 40 }
    window: { days: 6, from: first-match }
    reward: { wallet: coins, amount: 4 }
    tellMissed: true
  - id: any-of-it
    objectives:
      - { on: recharge, distinct: metadata.channel, target: 2 }
      - { on: [fee, recharge], when: event.value > 0.0, streak: events, target: 3 }
      - { on: app_login, count: events, target: 4 }
    need: any
    window: week
    repeat: never
    reward: { wallet: points, amount: 9 }
    tellMissed: true
  - { id: after-a-fee, on: app_login, objective: { count: events, target: 2 }, window: { days: 2, from: { on: fee, when: event.value > 20.0 } }, reward: { wallet: points, amount: 2 }, tellMissed: true }
  - { id: fresh-start, on: [recharge, app_login], objective: { count: events, target: 2 }, window: { days: 1, from: { on: recharge } }, repeat: always, reward: { wallet: coins, amount: 1 } }
  - { id: first-days, on: recharge, objective: { count: days, target: 2 }, window: { days: 5, from: first-match }, repeat: never, tellMissed: true }
  - { id: positive-run, on: fee, when: event.value > 0.0, objective: { streak: events, target: 3 }, window: once, repeat: always, reward: { wallet: points, amount: 1 } }
  - { id: after-badge, on: recharge, objective: { count: events, target: 2 }, window: week, requires: [{ badge: recharge-streak }, { badge: fees, level: 1 }], repeat: always, rewards: [{ wallet: points, amount: 2 }, { wallet: coins, amount: 3 }] }
  - { id: explorer, on: [recharge, fee], objective: { count: events, target: 2 }, window: { days: 2, from: first-match }, requires: [{ score: recency, band: fresh }], rewards: [{ badge: explored }, { wallet: miles, amount: 1 }, { bundle: 1GB-7D }], tellMissed: true }
  - { id: second-step, on: recharge, objective: { count: events, target: 1 }, window: day, requires: [{ mission: daily-logins }, { badge: explored }], rewards: [{ badge: stepped }] }
  - { id: of-some, on: [fee, recharge], objective: { count: events, target: 2 }, window: { days: 3, from: { on: app_login } }, requires: [{ tier: by-points, level: some }], repeat: always, rewards: [{ wallet: miles, amount: 4 }, { bundle: 50SMS }] }
  - { id: backwards, on: fee, objective: { streak: events, target: 2 }, window: week, requires: [{ mission: last-of-all }], reward: { wallet: points, amount: 3 } }
  - { id: done-before, on: recharge, when: customer.missions.fresh_start && !customer.missions.first_days, objective: { count: events, target: 2 }, window: day, reward: { wallet: miles, amount: 1 } }
  - { id: last-of-all, on: fee, objective: { count: events, target: 1 }, window: month, requires: [{ badge: weekly-fees }, { segment: of-the-app }] }
  - { id: sources-of-month, on: recharge, objective: { distinct: metadata.channel, target: 2 }, window: month }
tiers:
  - { id: by-points, wallet: points, levels: [{ name: some, from: 20 }, { name: many, from: 150 }, { name: most, from: 700 }] }
  - { id: by-coins-of-the-week, wallet: coins, per: week, graceDays: 3, levels: [{ name: some, from: 3 }, { name: many, from: 60 }, { name: most, from: 400 }] }
  - { id: by-miles-of-two-days, wallet: miles, per: { days: 2, starting: 2026-03-23 }, levels: [{ name: some, from: 2 }, { name: many, from: 30 }] }
  - { id: by-coins-from-some-day, wallet: coins, per: day, graceDays: 1, levels: [{ name: some, from: 3 }, { name: many, from: 60 }], from: 2026-03-26T06:00, until: 2026-04-06T00:00 }
  - { id: by-worth, score: worth, levels: [{ name: some, from: -1 }, { name: much, from: 0.5 }, { name: most, from: 1.5 }] }
  - { id: by-fee-weight, score: fee-weight, levels: [{ name: light, from: 0.5 }, { name: heavy, from: 80 }], from: 2026-03-26T06:00, until: 2026-04-06T00:00 }
  - { id: by-frequency, score: frequency, per: { days: 4 }, graceDays: 2, levels: [{ name: seldom, from: 1 }, { name: often, from: 2 }] }
  - { id: by-bond, score: bond, per: day, levels: [{ name: loose, from: 0.5 }, { name: tight, from: 0.7 }, { name: strong, from: 1.1 }] }
  - { id: by-busyness, score: busyness, per: { days: 3 }, graceDays: 1, levels: [{ name: less, from: 0 }, { name: same, from: 0.5 }, { name: more, from: 1.2 }] }
leaderboards:
  - { id: points-all, wallet: points, period: all }
  - { id: coins-all, wallet: coins, period: all }
  - { id: miles-all, wallet: miles, period: all }
  - { id: points-day, wallet: points, period: day }
  - { id: points-week, wallet: points, period: week }
  - { id: coins-month, wallet: coins, period: month }
  - { id: points-of-the-loyal, wallet: points, segment: loyal, period: week }
  - { id: coins-of-the-divided, wallet: coins, segment: divided, period: all }
  - { id: fees-of-the-app, sum: value, on: fee, segment: of-the-app, period: month }
  - { id: fee-sums, sum: value, on: fee, when: event.value > -150.0, period: { days: 3 } }
  - { id: recharge-sums, sum: value, on: recharge, period: day, from: 2026-03-25T00:00, until: 2026-04-01T00:00 }
  - { id: fee-sums-all, sum: value, on: fee, period: all, onError: skip }
  - { id: fragile-sums, sum: value, on: data_usage, when: event.metadata.bonus > 1.0, period: week }
challenges:
  - { id: first-fees, on: fee, when: event.value >= 20.0, winners: 3, until: 2026-04-05T00:00, reward: { wallet: points, amount: 10 } }
  - { id: first-recharges, on: recharge, winners: 2, each: repeat, from: 2026-03-25T00:00, until: 2026-04-05T00:00, reward: { wallet: coins, amount: 10 }, onError: skip }
  - { id: day-champions, board: points-day, prizes: [{ ranks: [1, 2], reward: { wallet: points, amount: 10 } }] }
aliases:
  - { id: alias, on: recharge, alias: event.metadata.channel }
  - { id: other-alias, on: fee, when: event.value > 0.0, alias: event.metadata.bonus }
`

/** Those that cannot be evaluated on every event. */
export const FRAGILE = [
  'fragile-when',
  'fragile-amount',
  'fragile-sums',
  'bonus-told',
  'for-the-divided',
  'fragile-eligible',
]

/** Those that look at what the others have made of the customer, or decide what counts for them. */
export const DEPENDENT = [
  ...['not-of-ussd', 'owing-little', 'not-listed', 'no-members-of-coins'],
  ...['for-members', 'bond-bonus', 'for-the-diligent', 'done-before'],
  ...['for-bonus', 'for-holders', 'for-the-loyal', 'decorated', 'loyal-login'],
  ...['after-badge', 'explorer', 'second-step', 'of-some', 'backwards', 'last-of-all'],
]

/** Zones with and without daylight saving, off the hour, and half an hour of it. */
export const ZONES = [
  'Asia/Dhaka',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
] as const

/** All of the rules above, as a program to be published. */
export function programText(zone: (typeof ZONES)[number]): string {
  return `zone: ${zone}${RULES}`
}

const PROGRAMS = new Map(ZONES.map((zone) => [zone, parseProgram('laws.yaml', programText(zone), 'laws')]))

const { rulesByType, attributes, eligibility } = PROGRAMS.get('Asia/Dhaka')!
const RULE_IDS = new Set([...rulesByType.values()].flat().map(({ id }) => id))
const IDS = ['bonus-told', ...eligibility.map(({ id }) => id), ...RULE_IDS]
const ALWAYS = attributes.filter(({ id }) => id !== 'bonus-told').map(({ id }) => id)

/** A program as it is printed when a law fails: some of the rules above, in a zone, with all attributes that can be read from every event. */
export interface Choice {
  readonly zone: (typeof ZONES)[number]
  readonly rules: readonly string[]
  /** The id of the customer whom it is applied to. */
  readonly who: string
}

export function programOf({ zone, rules, who }: Choice): Program {
  const program = appliedTo(PROGRAMS.get(zone)!, [{ kind: 'other', value: who }])
  const chosen = <R extends { readonly id: string }>(all: readonly R[]) =>
    all.filter(({ id }) => rules.includes(id) || ALWAYS.includes(id))
  return {
    ...program,
    attributesByType: new Map([...program.attributesByType].map(([type, all]) => [type, chosen(all)])),
    rulesByType: new Map([...program.rulesByType].map(([type, all]) => [type, chosen(all)])),
    eligibility: chosen(program.eligibility),
    rulesById: new Map([...program.rulesById].filter(([, { id }]) => rules.includes(id))),
    otherRules: chosen(program.otherRules),
    timed: chosen(program.timed),
    following: chosen(program.following),
    // Often enough that a short history has several.
    checkpointEvery: 7,
  }
}

const choice = (ids: readonly string[]): fc.Arbitrary<Choice> =>
  fc.record({
    zone: fc.constantFrom(...ZONES),
    rules: fc.subarray([...ids]),
    who: fc.constantFrom('a', 'b', 'c', 'd'),
  })

/** Any program. */
export const programs = choice(IDS)

/** A program whose rules can be evaluated on every event, and each by itself. */
export const soundPrograms = choice(IDS.filter((id) => ![...FRAGILE, ...DEPENDENT].includes(id)))

/**
 * Three weeks over both the start of daylight saving in Europe and the end of a month, dense in moments at
 * which days, weeks and months begin, so that events often happen at once.
 */
const START = Date.UTC(2026, 2, 22)
export const moments = fc
  .tuple(
    fc.integer({ min: 0, max: 21 }),
    fc.oneof(
      fc.constantFrom(-6 * HOUR - 1, -6 * HOUR, -HOUR, 0, HOUR - 1, HOUR, 4 * HOUR, 18.25 * HOUR),
      fc.integer({ min: 0, max: DAY - 1 }),
    ),
  )
  .map(([day, time]) => START + day * DAY + time)

const amounts = fc.oneof(
  fc.constantFrom(0, 1, 99_999, 100_000, 3_000_000, 10_000_000_000_000),
  fc.integer({ min: 0, max: 9_999_999 }),
)

/** What differs by type: only a fee may be negative, and a login has no value. */
const contents = fc.oneof(
  fc.record({ type: fc.constant('app_login'), value: fc.constant(null) }),
  fc.record({ type: fc.constant('fee'), value: fc.integer({ min: -2_000_000, max: 2_000_000 }) }),
  fc.record({ type: fc.constantFrom('recharge', 'data_usage', 'unknown'), value: fc.option(amounts) }),
)

/** What somebody decided about a wallet: facts like any other event. */
const decisions = fc.record({
  type: fc.constantFrom(SPEND, ADJUST),
  value: fc.integer({ min: 1, max: 2_000_000 }),
  isNegative: fc.boolean(),
  payload: fc.constantFrom('points', 'coins', 'miles').map((wallet) => JSON.stringify({ wallet })),
})

const payloads = fc.constantFrom(
  '{}',
  '{"metadata":{"channel":"app","bonus":2}}',
  '{"metadata":{"channel":"ussd","bonus":0}}',
  '{"metadata":{"bonus":"many"}}',
  '{"metadata":null}',
)

const identities = fc
  .nat(9_999)
  .map((number) => `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`)

const happenings: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .record({ content: contents, at: moments, identity: identities, payload: payloads })
      .map(({ content, ...rest }) => ({ ...content, ...rest, source: 'kafka' })),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ decision: decisions, at: moments, identity: identities })
      .map(({ decision: { type, value, isNegative, payload }, ...rest }) => ({
        type,
        value: type === ADJUST && isNegative ? -value : value,
        payload,
        source: 'laurel',
        ...rest,
      })),
  },
)

/** Events of one customer in the order of their arrival, which is any order. */
export const histories: fc.Arbitrary<Event[]> = fc.uniqueArray(happenings, {
  selector: ({ identity }) => identity,
  maxLength: 32,
  size: 'max',
})

/** In the order in which they happened. */
export function inOrder(events: readonly Event[]): Event[] {
  return events.toSorted(comparePositions)
}

/** Where to cut a history of any length, as parts of a thousand. */
export const cuts = fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 8 })

/** The same events in consecutive batches, some of them maybe empty. */
export function batched<T>(events: readonly T[], at: readonly number[]): T[][] {
  const bounds = at.map((cut) => Math.round((cut * events.length) / 1_000)).toSorted((a, b) => a - b)
  return [0, ...bounds].map((start, i) => events.slice(start, bounds[i] ?? events.length))
}
