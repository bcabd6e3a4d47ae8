import { describe, expect, test } from 'vitest'
import { parseTimestamp } from '#domain/timestamp.ts'
import { Zone } from '#domain/zone.ts'

const UTC = new Zone('UTC')

function read(text: string, zone = UTC): string | undefined {
  const timestamp = parseTimestamp(text, zone)
  return timestamp && new Date(timestamp.instant).toISOString()
}

describe('a time with a zone of its own', () => {
  test.each([
    ['2026-11-23T09:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['2026-11-23t09:00:00z', '2026-11-23T09:00:00.000Z'],
    ['2026-11-23 09:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['2026-11-23T09:00:00 Z', '2026-11-23T09:00:00.000Z'],
    ['2026-11-23T09:00Z', '2026-11-23T09:00:00.000Z'],
    ['2026-11-23T09:00:00+06:00', '2026-11-23T03:00:00.000Z'],
    ['2026-11-23T09:00:00+0600', '2026-11-23T03:00:00.000Z'],
    ['2026-11-23T09:00:00+06', '2026-11-23T03:00:00.000Z'],
    ['2026-11-23T09:00:00 +06:00', '2026-11-23T03:00:00.000Z'],
    ['2026-11-23T09:00:00+05:45', '2026-11-23T03:15:00.000Z'],
    ['2026-11-23T09:00:00-03:30', '2026-11-23T12:30:00.000Z'],
    ['2026-11-23T09:00:00-00:00', '2026-11-23T09:00:00.000Z'],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00.000Z'],
    ['2026-11-23T09:00:00+18:00', '2026-11-22T15:00:00.000Z'],
    ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00.000Z'],
    ['1969-12-31T23:59:59Z', '1969-12-31T23:59:59.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ])('%s', (text, expected) => {
    expect(read(text)).toBe(expected)
    expect(read(text, new Zone('Asia/Dhaka'))).toBe(expected)
  })
})

describe('a fraction of a second is cut to milliseconds', () => {
  test.each([
    ['2026-11-23T09:00:00.1Z', 100],
    ['2026-11-23T09:00:00,25Z', 250],
    ['2026-11-23T09:00:00.0009Z', 0],
    ['2026-11-23T09:00:00.999999Z', 999],
    ['2026-11-23T09:00:00.123456789012345678Z', 123],
    ['2026-11-23T09:00:00.000Z', 0],
  ])('%s has %i ms', (text, milliseconds) => {
    expect(parseTimestamp(text, UTC)).toEqual({
      instant: Date.UTC(2026, 10, 23, 9) + milliseconds,
      fraction: true,
    })
  })

  test('before 1970, too, towards the past second', () => {
    expect(read('1969-12-31T23:59:58.7501Z')).toBe('1969-12-31T23:59:58.750Z')
  })

  test('one without a fraction says so', () => {
    expect(parseTimestamp('2026-11-23T09:00:00Z', UTC)?.fraction).toBe(false)
  })
})

describe('a time without a zone is read in the given one', () => {
  test.each([
    ['Asia/Dhaka', '2026-11-23T09:00:00', '2026-11-23T03:00:00.000Z'],
    ['Asia/Dhaka', '2026-11-23 09:00:00.123456', '2026-11-23T03:00:00.123Z'],
    ['Asia/Kathmandu', '2026-11-23T09:00:00', '2026-11-23T03:15:00.000Z'],
    ['UTC', '2026-11-23T09:00', '2026-11-23T09:00:00.000Z'],
    ['Europe/Berlin', '2026-07-01T12:00:00', '2026-07-01T10:00:00.000Z'],
    ['Europe/Berlin', '2026-12-01T12:00:00', '2026-12-01T11:00:00.000Z'],
    // 02:00 to 03:00 does not occur: as it would have been without the change.
    ['Europe/Berlin', '2026-03-29T01:59:59.999', '2026-03-29T00:59:59.999Z'],
    ['Europe/Berlin', '2026-03-29T02:00:00', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000Z'],
    ['Europe/Berlin', '2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z'],
    // 02:00 to 03:00 occurs twice: the first.
    ['Europe/Berlin', '2026-10-25T01:59:59', '2026-10-24T23:59:59.000Z'],
    ['Europe/Berlin', '2026-10-25T02:00:00', '2026-10-25T00:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25T02:59:59.999', '2026-10-25T00:59:59.999Z'],
    ['Europe/Berlin', '2026-10-25T03:00:00', '2026-10-25T02:00:00.000Z'],
    ['America/New_York', '2026-03-08T02:30:00', '2026-03-08T07:30:00.000Z'],
    ['America/New_York', '2026-11-01T01:30:00', '2026-11-01T05:30:00.000Z'],
    ['Australia/Lord_Howe', '2026-10-04T02:15:00', '2026-10-03T15:45:00.000Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45:00', '2026-04-04T14:45:00.000Z'],
    // A day that a country left out altogether.
    ['Pacific/Apia', '2011-12-30T12:00:00', '2011-12-30T22:00:00.000Z'],
  ])('%s %s', (zone, text, expected) => {
    expect(read(text, new Zone(zone))).toBe(expected)
  })
})

describe('refused', () => {
  test.each([
    ['2026-02-29T12:00:00Z'],
    ['2100-02-29T12:00:00Z'],
    ['2026-04-31T12:00:00Z'],
    ['2026-00-01T12:00:00Z'],
    ['2026-13-01T12:00:00Z'],
    ['2026-01-00T12:00:00Z'],
    ['2026-01-32T12:00:00Z'],
    ['0000-01-01T12:00:00Z'],
    ['0099-01-01T12:00:00Z'],
  ])('a day that does not exist: %s', (text) => {
    expect(parseTimestamp(text, UTC)).toBeUndefined()
  })

  test.each([
    ['2026-11-23T24:00:00Z'],
    ['2026-11-23T25:00:00Z'],
    ['2026-11-23T23:60:00Z'],
    ['2026-11-23T09:60:00Z'],
    ['2026-11-23T09:00:60Z'],
    ['2016-12-31T23:59:60Z'],
    ['2026-11-23T09:00:00+18:01'],
    ['2026-11-23T09:00:00+19:00'],
    ['2026-11-23T09:00:00-05:60'],
    ['2026-11-23T09:00:00+99'],
  ])('a time or an offset that does not exist: %s', (text) => {
    expect(parseTimestamp(text, UTC)).toBeUndefined()
  })

  test.each([
    [''],
    ['yesterday'],
    ['2026-11-23'],
    ['2026-11-23T09Z'],
    ['20261123T090000Z'],
    ['23/11/2026 09:00:00'],
    ['2026-W48-1T09:00:00Z'],
    ['+12026-11-23T09:00:00Z'],
    ['26-11-23T09:00:00Z'],
    ['2026-11-23T9:00:00Z'],
    ['2026-11-23T09:00:00.Z'],
    [`2026-11-23T09:00:00.${'1'.repeat(19)}Z`],
    ['2026-11-23T09:00:00 CET'],
    ['2026-11-23T09:00:00+6'],
    ['2026-11-23T09:00:00+06:0'],
    [' 2026-11-23T09:00:00Z'],
    ['2026-11-23T09:00:00Z\n'],
    ['٢٠٢٦-11-23T09:00:00Z'],
    ['1700000000000'],
  ])('what is no such time: %j', (text) => {
    expect(parseTimestamp(text, UTC)).toBeUndefined()
  })
})
