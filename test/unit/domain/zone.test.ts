import { describe, expect, test } from 'vitest'
import { Zone } from '#domain/zone.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const DAY = 86_400_000

const dayOf = (date: string) => Date.parse(date) / DAY

/** Local time minus UTC as Intl spells it: an oracle that shares nothing with the class. */
function spelledOffset(zone: string, instant: number): number {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  return Date.parse(`${format.format(instant).replace(' ', 'T')}Z`) - Math.floor(instant / 1000) * 1000
}

test.each(['Asia/Daka', 'nowhere', ''])('there is no zone %j', (name) => {
  expect(() => new Zone(name)).toThrow(RangeError)
})

describe('the length of a day', () => {
  test.each([
    ['Asia/Dhaka', '2026-11-23', 24],
    ['Europe/Berlin', '2026-03-29', 23],
    ['Europe/Berlin', '2026-10-25', 25],
    ['America/New_York', '2026-03-08', 23],
    ['America/New_York', '2026-11-01', 25],
    ['Australia/Lord_Howe', '2026-10-04', 23.5],
    ['Australia/Lord_Howe', '2026-04-05', 24.5],
    // Clocks go from 00:00 to 01:00, and from 01:00 back to 00:00.
    ['America/Sao_Paulo', '2018-11-04', 23],
    ['America/Havana', '2026-11-01', 25],
    ['Pacific/Apia', '2011-12-30', 0],
    ['Antarctica/Casey', '2022-10-02', 21],
  ])('%s on %s: %d hours', (name, date, hours) => {
    const zone = new Zone(name)
    const day = dayOf(date)
    const [start, end] = [zone.instant(day * 24 * HOUR), zone.instant((day + 1) * 24 * HOUR)]
    expect((end - start) / HOUR).toBe(hours)
    if (hours > 0) {
      expect([zone.day(start - 1), zone.day(start), zone.day(end - 1), zone.day(end)]).toEqual([
        day - 1,
        day,
        day,
        day + 1,
      ])
    }
  })
})

describe('the first instant of a day', () => {
  test.each([
    ['Asia/Dhaka', '2026-11-23', '2026-11-22T18:00:00Z'],
    ['Asia/Kathmandu', '2026-11-23', '2026-11-22T18:15:00Z'],
    ['Europe/Berlin', '2026-03-30', '2026-03-29T22:00:00Z'],
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00Z'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z'],
    // One that clocks went back over at midnight itself, and one that was left out.
    ['America/Nuuk', '2026-10-25', '2026-10-25T02:00:00Z'],
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z'],
    // A minute after midnight they went back to the day before: the first midnight counts.
    ['America/St_Johns', '2010-11-07', '2010-11-07T02:30:00Z'],
    ['UTC', '0050-01-01', '0050-01-01T00:00:00Z'],
  ])('%s on %s: %s', (name, date, start) => {
    expect(new Date(new Zone(name).start(dayOf(date))).toISOString()).toBe(new Date(start).toISOString())
  })

  test('may come before an event of the day before', () => {
    const zone = new Zone('America/St_Johns')
    const event = Date.parse('2010-11-07T03:00:00Z')
    expect(zone.day(event)).toBe(dayOf('2010-11-06'))
    expect(zone.start(dayOf('2010-11-07'))).toBeLessThan(event)
  })
})

describe('days', () => {
  test.each([
    ['Asia/Dhaka', '2026-11-22T17:59:59.999Z', '2026-11-22'],
    ['Asia/Dhaka', '2026-11-22T18:00:00.000Z', '2026-11-23'],
    ['Asia/Kathmandu', '2026-11-22T18:14:59.999Z', '2026-11-22'],
    ['Asia/Kathmandu', '2026-11-22T18:15:00.000Z', '2026-11-23'],
    ['UTC', '1969-12-31T23:59:59.999Z', '1969-12-31'],
    ['UTC', '1970-01-01T00:00:00.000Z', '1970-01-01'],
    ['Pacific/Kiritimati', '2026-11-23T10:00:00.000Z', '2026-11-24'],
    ['Pacific/Pago_Pago', '2026-11-23T10:59:59.999Z', '2026-11-22'],
  ])('in %s, %s lies on %s', (name, instant, date) => {
    expect(new Zone(name).day(Date.parse(instant))).toBe(dayOf(date))
  })

  test('before the year 1', () => {
    expect(new Zone('UTC').day(Date.parse('-000001-12-31T23:00:00Z'))).toBe(dayOf('-000001-12-31T00:00:00Z'))
    expect(new Zone('UTC').offset(Date.parse('-000100-03-01T00:00:00Z'))).toBe(0)
    expect(new Zone('UTC').offset(Date.parse('0000-02-29T12:00:00Z'))).toBe(0)
  })
})

describe('offsets are what Intl says', () => {
  test.each([
    ['Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
    ['America/Sao_Paulo', '2018-11-04T03:00:00Z'],
    ['Asia/Kathmandu', '1985-12-31T18:30:00Z'],
    ['Asia/Pyongyang', '2018-05-04T15:00:00Z'],
    ['Pacific/Apia', '2011-12-30T10:00:00Z'],
    // These do not change on a quarter of an hour.
    ['Antarctica/Casey', '2022-10-01T16:01:00Z'],
    ['America/St_Johns', '2010-11-07T02:31:00Z'],
    ['Asia/Gaza', '2011-03-31T22:01:00Z'],
    ['Africa/Monrovia', '1972-01-07T00:44:30Z'],
  ])('around the change of %s at %s', (name, change) => {
    const zone = new Zone(name)
    const at = Date.parse(change)
    for (const distance of [1, 999, 1000, MINUTE - 1, 20 * MINUTE, HOUR, DAY]) {
      expect(zone.offset(at - distance)).toBe(spelledOffset(name, at - distance))
      expect(zone.offset(at + distance)).toBe(spelledOffset(name, at + distance))
    }
    expect(zone.offset(at)).toBe(spelledOffset(name, at))
    expect(zone.offset(at)).not.toBe(zone.offset(at - 1))
  })
})

test('an offset stays the same when more quarters of an hour are asked for than are kept', () => {
  const zone = new Zone('Europe/Berlin')
  const instants = Array.from({ length: 25_000 }, (_, i) => Date.UTC(2026, 2, 1) + i * 15 * MINUTE)
  const first = instants.map((instant) => zone.offset(instant))
  expect(instants.map((instant) => zone.offset(instant))).toEqual(first)
  expect(new Set(first)).toEqual(new Set([HOUR, 2 * HOUR]))
})
