import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { expectedPeriodName, type PeriodKind, periodName, periodNumber } from '#domain/calendar.ts'
import { parseTimestamp } from '#domain/timestamp.ts'
import { Zone } from '#domain/zone.ts'
import { law } from './law.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const zones = fc
  .constantFrom(
    'UTC',
    'Asia/Dhaka',
    'Asia/Kathmandu',
    'Europe/Berlin',
    'America/New_York',
    'America/St_Johns',
    'America/Santiago',
    'Africa/Casablanca',
    'Australia/Lord_Howe',
    'Antarctica/Casey',
    'Pacific/Apia',
    'Pacific/Kiritimati',
  )
  .map((name) => ZONES.get(name) ?? keep(new Zone(name)))
const ZONES = new Map<string, Zone>()
function keep(zone: Zone): Zone {
  ZONES.set(zone.name, zone)
  return zone
}

const between = (from: string, to: string) => fc.integer({ min: Date.parse(from), max: Date.parse(to) })
const modern = between('1975-01-01', '2045-01-01')
/** Until November 2011 Newfoundland put its clocks back a minute after midnight, and so a day came twice. */
const recent = between('2012-01-01', '2045-01-01')
const kinds = fc.constantFrom<PeriodKind[]>(
  'day',
  'week',
  'month',
  'all',
  'once',
  { days: 10, start: 0 },
  { days: 3, start: 20_394 },
)

describe('a zone', () => {
  law('has the offset that Intl spells', zones, modern, (zone, instant) => {
    const format = new Intl.DateTimeFormat('en', { timeZone: zone.name, timeZoneName: 'longOffset' })
    const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')!.value
    const [, sign, hours, minutes] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(name)!
    const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
    expect(zone.offset(instant)).toBe(sign === '-' ? -offset : offset)
  })

  law('finds a local time again, the first where it comes twice', zones, modern, (zone, instant) => {
    const local = instant + zone.offset(instant)
    const found = zone.instant(local)
    expect(found + zone.offset(found)).toBe(local)
    expect(found).toBeLessThanOrEqual(instant)
    expect(instant - found).toBeLessThanOrEqual(3 * HOUR)
  })

  law('takes a local time that does not come for a later one', zones, modern, (zone, local) => {
    const found = zone.instant(local)
    const shift = found + zone.offset(found) - local
    expect(shift).toBeGreaterThanOrEqual(0)
    expect(shift).toBeLessThanOrEqual(DAY)
  })

  law('has days that begin where they say', zones, recent, (zone, instant) => {
    const day = zone.day(instant)
    const start = zone.instant(day * DAY)
    expect(start).toBeLessThanOrEqual(instant)
    expect([zone.day(start), zone.day(start - 1) < day]).toEqual([day, true])
  })
})

describe('periods', () => {
  law(
    'never go back',
    zones,
    kinds,
    recent,
    fc.oneof(fc.nat(2 * HOUR), fc.nat(40 * DAY)),
    (zone, kind, instant, later) => {
      expect(periodNumber(kind, instant + later, zone)).toBeGreaterThanOrEqual(
        periodNumber(kind, instant, zone),
      )
    },
  )

  law('have one name each', zones, kinds, recent, fc.nat(40 * DAY), (zone, kind, instant, later) => {
    const [a, b] = [periodNumber(kind, instant, zone), periodNumber(kind, instant + later, zone)]
    expect(periodName(kind, a) === periodName(kind, b)).toBe(a === b)
    expect(expectedPeriodName(kind, periodName(kind, a))).toBeUndefined()
  })
})

describe('a timestamp', () => {
  const anyTime = between('0100-01-02', '9999-12-30')
  const spelled = (ms: number) => new Date(ms).toISOString().slice(0, -1)

  law(
    'with its offset gives the instant back',
    anyTime,
    fc.integer({ min: -18 * 60, max: 18 * 60 }),
    zones,
    (instant, minutes, zone) => {
      const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
      const offset = `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
      expect(parseTimestamp(`${spelled(instant + minutes * 60_000)}${offset}`, zone)).toEqual({
        instant,
        fraction: true,
      })
      expect(parseTimestamp(`${spelled(instant)}Z`, zone)?.instant).toBe(instant)
    },
  )

  law('without one gives its local time back', modern, zones, (instant, zone) => {
    const local = instant + zone.offset(instant)
    const found = parseTimestamp(spelled(local), zone)!.instant
    expect(found + zone.offset(found)).toBe(local)
  })

  const shape = fc.stringMatching(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$/)
  law('is refused, or is what it says', fc.oneof(shape, fc.string()), zones, (text, zone) => {
    const timestamp = parseTimestamp(text, zone)
    if (!timestamp) return
    expect(timestamp.instant).toSatisfy(Number.isSafeInteger)
    if (text.endsWith('Z')) {
      const iso = new Date(timestamp.instant).toISOString()
      expect(iso.slice(0, 16)).toBe(text.slice(0, 16).replace(' ', 'T'))
    }
  })

  // A small t is written by hardly anybody, and so read by the expression that reads every spelling.
  const usual = fc.stringMatching(/^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,19})?Z?$/)
  law('means the same in the usual spelling as in any other', usual, zones, (text, zone) => {
    expect(parseTimestamp(text, zone)).toEqual(parseTimestamp(text.replace('T', 't'), zone))
  })
})
