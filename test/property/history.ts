import fc from 'fast-check'
import type { Event } from '#domain/event.ts'
import { comparePositions } from '#domain/position.ts'
import { type Program, parseProgram } from '#domain/program.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Rules of every kind, with bounds low enough for a short history to reach them. */
const RULES = `
program: laws
wallets: [points, coins]
scores:
  - { id: recency, kind: recency, on: recharge, steps: [{ atMost: 1, score: 3 }, { atMost: 5, score: 2 }, { score: 1 }], bands: [{ from: 0, name: any }] }
  - { id: frequency, kind: frequency, on: recharge, days: 7, steps: [{ atLeast: 3, score: 2 }, { atLeast: 1, score: 1 }], bands: [{ from: 0, name: any }] }
  - { id: monetary, kind: monetary, on: data_usage, days: 5, steps: [{ above: 500, score: 2 }, { above: 0, score: 1 }], bands: [{ from: 0, name: any }] }
  - { id: engagement, kind: engagement, days: 10, bands: [{ from: 0, name: any }] }
points:
  - { id: flat, on: app_login, amount: '1.5', wallet: coins }
  - { id: tenth, on: recharge, when: event.value >= 10.0, amount: floor(event.value / 10.0), wallet: points, cap: { amount: 100, per: day } }
  - { id: whole, on: recharge, amount: event.value, wallet: coins, cap: { amount: 777.7777, per: week } }
  - { id: monthly, on: data_usage, amount: event.value * 2.0, wallet: points, cap: { amount: 1000, per: month } }
  - { id: capped-for-ever, on: recharge, amount: '60.0', wallet: points, cap: { amount: 100, per: all } }
  - { id: uncapped, on: fee, amount: event.value, wallet: points }
  - { id: channel, on: recharge, when: has(event.metadata.channel) && event.metadata.channel == "app", amount: '3.0', wallet: points }
  - { id: fragile-when, on: recharge, when: event.metadata.bonus > 1.0, amount: '2.0', wallet: coins }
  - { id: fragile-amount, on: data_usage, amount: 10.0 / event.value, wallet: coins }
badges:
  - { id: first-recharge, kind: first, on: recharge }
  - { id: first-large, kind: first, on: recharge, when: event.value >= 500.0 }
  - { id: streak, kind: day-streak, on: app_login, levels: [1, 2, 4] }
  - { id: recharge-streak, kind: day-streak, on: recharge, levels: [2, 3] }
missions:
  - { id: daily-logins, on: app_login, objective: { count: events, target: 2 }, window: day, reward: { wallet: coins, amount: 5 } }
  - { id: weekly-data, on: data_usage, objective: { sum: value, target: 300 }, window: week, reward: { wallet: points, amount: 50 } }
  - { id: monthly-fees, on: fee, objective: { sum: value, target: 100 }, window: month, reward: { wallet: points, amount: 0.0001 } }
  - { id: once, on: recharge, objective: { count: events, target: 3 }, window: once, reward: { wallet: points, amount: 20 } }
  - { id: honorary, on: app_login, objective: { count: events, target: 1 }, window: week }
leaderboards:
  - { id: points-all, wallet: points, period: all }
  - { id: coins-all, wallet: coins, period: all }
  - { id: points-day, wallet: points, period: day }
  - { id: points-week, wallet: points, period: week }
  - { id: coins-month, wallet: coins, period: month }
`

/** Those that cannot be evaluated on every event. */
const FRAGILE = ['fragile-when', 'fragile-amount']

/** Zones with and without daylight saving, off the hour, and half an hour of it. */
export const ZONES = [
  'Asia/Dhaka',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
] as const

const PROGRAMS = new Map(
  ZONES.map((zone) => [zone, parseProgram('laws.yaml', `zone: ${zone}${RULES}`, 'laws')]),
)

const IDS = [...new Set([...PROGRAMS.get('Asia/Dhaka')!.rulesByType.values()].flat().map(({ id }) => id))]

/** A program as it is printed when a law fails: some of the rules above, in a zone. */
export interface Choice {
  readonly zone: (typeof ZONES)[number]
  readonly rules: readonly string[]
}

export function programOf({ zone, rules }: Choice): Program {
  const program = PROGRAMS.get(zone)!
  const rulesByType = [...program.rulesByType].map(
    ([type, all]) => [type, all.filter(({ id }) => rules.includes(id))] as const,
  )
  return { ...program, rulesByType: new Map(rulesByType) }
}

const choice = (ids: readonly string[]): fc.Arbitrary<Choice> =>
  fc.record({ zone: fc.constantFrom(...ZONES), rules: fc.subarray([...ids]) })

/** Any program. */
export const programs = choice(IDS)

/** A program whose rules can be evaluated on every event. */
export const soundPrograms = choice(IDS.filter((id) => !FRAGILE.includes(id)))

/**
 * Three weeks over both the start of daylight saving in Europe and the end of a month, dense in moments at
 * which days, weeks and months begin, so that events often happen at once.
 */
const START = Date.UTC(2026, 2, 22)
const moments = fc
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

/** Events of one customer in the order of their arrival, which is any order. */
export const histories: fc.Arbitrary<Event[]> = fc.uniqueArray(
  fc
    .record({ content: contents, at: moments, identity: identities, payload: payloads })
    .map(({ content, ...rest }) => ({ ...content, ...rest, source: 'kafka' })),
  { selector: ({ identity }) => identity, maxLength: 40, size: 'max' },
)

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
