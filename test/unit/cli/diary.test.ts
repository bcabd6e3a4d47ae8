import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { NormalEvent } from '#domain/event.ts'
import { parseSources } from '#domain/source.ts'
import { subjectKey } from '#domain/subject.ts'
import { prepare } from '#pipeline/delivery.ts'
import { type DiaryOptions, diary } from '../../../apps/cli/diary.ts'
import { HOME } from '../../../apps/cli/population/message.ts'

const DAY = 86_400_000
/** Monday, 2026-09-07. */
const FROM = Date.parse('2026-09-07') / DAY
const OPTIONS: DiaryOptions = { seed: 7, customers: 200, days: 28, from: FROM, tariff: 'prepaid' }

const lines = (options: Partial<DiaryOptions> = {}) => [...diary({ ...OPTIONS, ...options })]

/** What normalization makes of lines on a host in this zone. */
function read(all: readonly string[], hostZone = 'UTC'): (NormalEvent & { readonly identity: string })[] {
  const sources = parseSources('sources.yaml', readFileSync('programs/telco/sources.yaml', 'utf8'), hostZone)
  return all.map((value) => {
    const message = { offset: '0', timestamp: Date.parse('2027-01-01'), value }
    const origin = {
      source: 'kafka',
      bound: false,
      arrival: message.timestamp,
      headerId: undefined,
      fallback: () => ({ kind: 'offset' as const, id: '0' }),
    }
    const prepared = prepare({ message, origin }, sources)
    if ('rejection' in prepared) throw new Error(`${prepared.rejection.code}: ${value}`)
    return { ...prepared.normal, identity: prepared.identity }
  })
}

function share<T>(all: readonly T[], fits: (each: T) => boolean): number {
  return all.filter(fits).length / all.length
}

describe('a diary', () => {
  const all = lines()
  const events = read(all)

  test('is the same for the same arguments, and another one for another seed', () => {
    expect(lines()).toEqual(all)
    expect(lines({ seed: 8 }).slice(0, 100)).not.toEqual(all.slice(0, 100))
  })

  test('means the same wherever it is read', () => {
    expect(read(all.slice(0, 2_000), 'America/Bogota')).toEqual(events.slice(0, 2_000))
  })

  test('has an id in every event, and sends one in a hundred twice', () => {
    expect(new Set(events.map(({ claim }) => claim.kind))).toEqual(new Set(['event_id']))
    const different = new Set(events.map(({ identity }) => identity)).size
    expect(1 - different / events.length).toBeGreaterThan(0.005)
    expect(1 - different / events.length).toBeLessThan(0.02)
  })

  test('lies within its days', () => {
    const times = events.map(({ at }) => at).sort((a, b) => a - b)
    expect(times[0]).toBeGreaterThanOrEqual(HOME.start(FROM))
    expect(times.at(-1)).toBeLessThan(HOME.start(FROM + OPTIONS.days))
  })

  test('has every source and every type, in believable shares', () => {
    const sources = new Set(events.map(({ source }) => source))
    expect([...sources].sort()).toEqual(['app', 'billing', 'crm', 'dwh', 'in', 'kafka'])
    const rows = ['data_usage', 'app_login', 'recharge', 'kyc_update', 'plan_change'].map((type) =>
      share(events, (event) => event.type === type),
    )
    expect(rows[0]).toBeGreaterThan(0.5)
    for (const each of rows) expect(each).toBeGreaterThan(0.001)
  })

  test('is livelier in the evening than in the night, and at the weekend than on a Sunday', () => {
    const hour = (at: number) => new Date(at + HOME.offset(at)).getUTCHours()
    const of = (hours: readonly number[]) => share(events, ({ at }) => hours.includes(hour(at)))
    expect(of([19, 20, 21])).toBeGreaterThan(2 * of([2, 3, 4]))
    const usage = events.filter(({ type }) => type === 'data_usage')
    const weekday = (day: number) =>
      share(usage, ({ at }) => new Date(HOME.day(at) * DAY).getUTCDay() === day)
    expect(weekday(5)).toBeGreaterThan(1.15 * weekday(0))
  })

  test('has some customers who do far more than others, and nobody who does everything', () => {
    const counts = new Map<string, number>()
    for (const { subject } of events)
      counts.set(subjectKey(subject), (counts.get(subjectKey(subject)) ?? 0) + 1)
    const sorted = [...counts.values()].sort((a, b) => b - a)
    expect(sorted[0]! / sorted[Math.floor(sorted.length / 2)]!).toBeGreaterThan(4)
    expect(sorted[0]! / events.length).toBeLessThan(0.05)
  })

  test('loses customers, some of whom come back, and gains others', () => {
    const days = new Map<string, number[]>()
    for (const { subject, at } of events) {
      const own = days.get(subjectKey(subject)) ?? []
      own.push(HOME.day(at) - FROM)
      days.set(subjectKey(subject), own)
    }
    const active = [...days.values()].filter((own) => own.length > 20)
    expect(active.filter((own) => Math.max(...own) < 21).length).toBeGreaterThan(3)
    expect(active.filter((own) => Math.min(...own) > 6).length).toBeGreaterThan(3)
  })

  test('reverses recharges that are there, and links accounts of the app to numbers', () => {
    const known = new Set(events.map(({ claim }) => claim.id))
    const reversals = events.filter(({ reverses }) => reverses !== null)
    expect(reversals.length).toBeGreaterThan(0)
    for (const { reverses } of reversals) expect(known).toContain(reverses!.id)
    expect(
      events.some(({ subject, others }) => subject.kind === 'uuid' && others[0]?.kind === 'msisdn'),
    ).toBe(true)
  })
})

test('who has a contract gets bills, pays most of them in time, and does not recharge', () => {
  const all = lines({ tariff: 'postpaid', customers: 60, days: 60 })
  const events = read(all)
  const days = all
    .filter((line) => line.includes('"bill_paid"'))
    .map((line) => JSON.parse(line).metadata.days_late)
  expect(events.some(({ type }) => type === 'recharge')).toBe(false)
  expect(events.filter(({ type }) => type === 'bill_issued').length).toBeGreaterThan(80)
  expect(share(days, (late) => late === 0)).toBeGreaterThan(0.6)
  expect(share(days, (late) => late > 0)).toBeGreaterThan(0.05)
})
