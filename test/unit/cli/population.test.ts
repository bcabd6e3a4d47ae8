import { describe, expect, test } from 'vitest'
import type { SampleMessage } from '../../../apps/cli/population/message.ts'
import { brokenEvents, load, population } from '../../../apps/cli/population.ts'
import { type Delivery, readEvent, uuidOf } from '../../reference/event.ts'
import { reference } from '../../reference/reference.ts'

const NOW = new Date('2026-11-23T09:00:00Z')
const TOPICS = ['app-events', 'billing-events', 'cdr-events', 'crm-events', 'customer-events']

function deliver(messages: Iterable<SampleMessage>): Delivery[] {
  return Array.from(messages, ({ topic, value }, index) => ({
    topic,
    partition: 0,
    offset: String(index),
    timestamp: NOW.getTime(),
    value,
  }))
}

function accepted(messages: Iterable<SampleMessage>, hostZone = 'UTC') {
  return deliver(messages).map((delivery) =>
    readEvent(delivery, { hostZone, cluster: 'c', identify: uuidOf }),
  )
}

/** What a population sends in so many seconds at ten events a second. */
function traffic(seconds: number, options = {}): SampleMessage[] {
  const { next } = population({ seed: 1, customers: 500, ...options })
  return Array.from({ length: seconds * 10 }, (_, index) =>
    next(new Date(NOW.getTime() - seconds * 1000 + index * 100)),
  )
}

function count<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

describe('population', () => {
  test('the same seed gives the same traffic, another one another', () => {
    expect(traffic(10)).toEqual(traffic(10))
    expect(traffic(10, { seed: 2 })).not.toEqual(traffic(10))
  })

  test('every topic, every source and every type has a share', () => {
    const messages = traffic(600)
    expect([...count(messages.map(({ topic }) => topic)).keys()].sort()).toEqual(TOPICS)
    const types = count(accepted(messages).map((event) => event?.type))
    for (const type of ['recharge', 'data_usage', 'app_login', 'kyc_update', 'bill_payment']) {
      expect(types.get(type), type).toBeGreaterThan(50)
    }
    for (const hand of [
      /"source_name": "in".*T\d\d:\d\d:\d\d\.\d{6}"/,
      /"source":"crm".*\dZ"/,
      /"source":"dwh".*\+06:00"/,
      /^\{"event_id".*"amount":\d+\.\d\d\}/,
      /"event_id".*"source":"app"/,
      /^\{"customer_id"(?!.*"source)/,
    ]) {
      expect(messages.filter(({ value }) => hand.test(value)).length, String(hand)).toBeGreaterThan(20)
    }
  })

  test('two in a hundred messages are bad, in at least four ways', () => {
    const messages = traffic(2000)
    const events = accepted(messages)
    const bad = messages.filter((_, index) => events[index] === undefined)
    expect(bad.length / messages.length).toBeGreaterThan(0.015)
    expect(bad.length / messages.length).toBeLessThan(0.025)
    expect(count(bad.map(({ topic }) => topic)).size).toBeGreaterThanOrEqual(4)
  })

  test.each([1, 2, 3, 4, 5])('somebody is awarded points within 10 seconds (seed %i)', (seed) => {
    const { standings } = reference(deliver(traffic(10, { seed })), { now: NOW.getTime(), hostZone: 'UTC' })
    expect(standings('points-all', 'all').length).toBeGreaterThan(0)
  })

  test.each([1, 10, 500, 20_000])('of %i customers, +8801700000042 is among the most active', (customers) => {
    const subjects = accepted(traffic(300, { customers })).map((event) => event?.subject.value)
    const ranking = [...count(subjects)].sort(([, a], [, b]) => b - a).map(([value]) => value)
    expect(ranking.slice(0, 3)).toContain('+8801700000042')
  })

  test('most are known by an MSISDN, a few by a UUID', () => {
    const kinds = count(accepted(traffic(600)).map((event) => event?.subject.kind))
    expect(kinds.get('msisdn')).toBeGreaterThan(5000)
    expect(kinds.get('uuid')).toBeGreaterThan(50)
    expect(kinds.has('other')).toBe(false)
  })

  test('naive timestamps are those of the zone that is given', () => {
    const berlin = accepted(traffic(60, { zone: 'Europe/Berlin' }), 'Europe/Berlin')
    expect(berlin.map((event) => event?.at)).toEqual(accepted(traffic(60)).map((event) => event?.at))
  })

  test('5 to 15 events a second, more in the evening than at night', () => {
    const { rate } = population({ seed: 1, customers: 10 })
    const rates = Array.from({ length: 24 }, (_, hour) => rate(new Date(NOW.getTime() + hour * 3_600_000)))
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(5)
    expect(Math.max(...rates)).toBeLessThanOrEqual(15)
    expect(rate(new Date('2026-11-23T14:00:00Z'))).toBeGreaterThan(rate(new Date('2026-11-22T21:00:00Z')))
  })

  test('a restart with the same seed makes no id again', () => {
    const { next } = population({ seed: 1, customers: 500 })
    const later = Array.from({ length: 600 }, (_, index) =>
      next(new Date(NOW.getTime() + 1000 + index * 100)),
    )
    const ids = [...traffic(60), ...later].flatMap(
      ({ value }) => value.match(/"event_id": ?"([^"]+)"/)?.[1] ?? [],
    )
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('brokenEvents', () => {
  test('each is refused, and labelled by what is wrong', () => {
    const broken = brokenEvents(NOW)
    expect(accepted(broken).filter((event) => event !== undefined)).toEqual([])
    expect(new Set(broken.map(({ label }) => label)).size).toBe(broken.length)
    expect(broken.length).toBeGreaterThanOrEqual(5)
    for (const { topic } of broken) expect(TOPICS).toContain(topic)
  })
})

describe('load', () => {
  const options = {
    seed: 7,
    events: 20_000,
    customers: 2000,
    from: new Date('2026-10-01T00:00:00Z'),
    to: NOW,
    bad: 0.03,
    duplicates: 0.05,
  }
  const messages = [...load(options)]
  const events = accepted(messages)

  test('is as long as asked for, the same for the same seed, and within its period', () => {
    expect(messages).toHaveLength(20_000)
    expect([...load(options)]).toEqual(messages)
    const times = events.flatMap((event) => event?.at ?? [])
    // Whole seconds cut off up to a second.
    expect(Math.min(...times)).toBeGreaterThanOrEqual(options.from.getTime() - 1000)
    expect(Math.max(...times)).toBeLessThan(options.to.getTime())
  })

  test('has as many bad messages and duplicates as asked for', () => {
    const bad = events.filter((event) => event === undefined).length
    expect(bad).toBeGreaterThan(500)
    expect(bad).toBeLessThan(700)
    const good = messages.filter((_, index) => events[index] !== undefined)
    const repeated = [...count(good.map(({ value }) => value))].filter(([, times]) => times > 1)
    const copies = repeated.reduce((sum, [, times]) => sum + times - 1, 0)
    expect(copies).toBeGreaterThan(850)
    expect(copies).toBeLessThan(1150)
    for (const [value] of repeated) expect(value).toMatch(/"event_id"/)
  })

  test('no id stands for two contents, and most messages carry one', () => {
    const ids = messages.flatMap(({ value }) => {
      const id = /"event_id": ?"([^"]+)"/.exec(value)?.[1]
      return id === undefined ? [] : [{ id, value }]
    })
    expect(ids.length).toBeGreaterThan(16_000)
    expect(new Set(ids.map(({ id }) => id)).size).toBe(new Set(ids.map(({ value }) => value)).size)
  })

  test('some arrive late', () => {
    const firstTime = new Map(events.flatMap((event) => (event ? [[event.identity, event.at]] : [])))
    const times = [...firstTime.values()]
    const late = times.filter((at, index) => index > 0 && at < times[index - 1]! - 60_000).length
    expect(late).toBeGreaterThan(400)
  })

  test('every rule of the starter program has something to award', () => {
    const sunday = Date.parse('2026-11-22T17:00:00Z')
    const { customers, standings } = reference(deliver(messages), { now: sunday, hostZone: 'UTC' })
    const badges = count(
      [...customers.values()].flatMap(({ badges }) => badges.map(({ rule, level }) => `${rule} ${level}`)),
    )
    for (const badge of ['first-recharge 1', 'login-streak 1', 'login-streak 2', 'login-streak 3']) {
      expect(badges.get(badge), badge).toBeGreaterThan(0)
    }
    const completed = [...customers.values()].flatMap(({ missions }) =>
      missions.filter(({ completedAt }) => completedAt !== null).map(({ rule }) => rule),
    )
    expect(new Set(completed)).toEqual(new Set(['weekly-data', 'kyc']))
    expect(standings('points-week', '2026-W47').length).toBeGreaterThan(0)
  })
})
