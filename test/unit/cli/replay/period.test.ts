import { describe, expect, test } from 'vitest'
import { LaurelError } from '#domain/error.ts'
import { periodOf } from '../../../../apps/cli/replay/period.ts'

const NOW = Date.parse('2026-11-24T12:00:00Z')

function refusal(from: string, to?: string): string {
  try {
    periodOf({ from, to }, NOW)
  } catch (error) {
    if (error instanceof LaurelError && error.code === 'ARGUMENT_INVALID') return error.message
    throw error
  }
  return 'accepted'
}

describe('the period to read again', () => {
  test.each([
    ['2026-11-01T10:00Z', '2026-11-01T10:00:00.000Z'],
    ['2026-11-01T10:00:30.250+06:00', '2026-11-01T04:00:30.250Z'],
    ['2026-11-01 10:00-0530', '2026-11-01T15:30:00.000Z'],
    ['2026-11-01T10:00+06', '2026-11-01T04:00:00.000Z'],
  ])('begins at %s', (from, instant) => {
    expect(periodOf({ from }, NOW)).toEqual({ from: Date.parse(instant) })
  })

  test('ends where it is told', () => {
    const period = periodOf({ from: '2026-11-01T10:00Z', to: '2026-11-01T17:00+06:00' }, NOW)
    expect(period.to! - period.from).toBe(3_600_000)
  })

  test('may end in the future', () => {
    expect(periodOf({ from: '2026-11-01T10:00Z', to: '2027-01-01T00:00Z' }, NOW).to).toBeGreaterThan(NOW)
  })

  test.each([
    ['2026-11-01T10:00', 'write 2026-11-01T10:00Z for UTC'],
    ['2026-11-01 10:00:00.5', 'such as 2026-11-01 10:00:00.5+06:00'],
  ])('is not guessed from %s, which names no zone', (from, hint) => {
    expect(refusal(from)).toContain(`--from ${from} names no zone`)
    expect(refusal(from)).toContain(hint)
  })

  test.each(['yesterday', '2026-11-01', '2026-02-30T10:00Z', '1761991200000', ''])(
    'cannot begin at "%s"',
    (from) => {
      expect(refusal(from)).toContain('is no time: write date, time and zone, such as 2026-11-01T10:00Z')
    },
  )

  test('is refused where it ends before it begins, or at once', () => {
    const from = '2026-11-01T10:00Z'
    expect(refusal(from, '2026-11-01T09:00Z')).toContain('is not before --to 2026-11-01T09:00Z')
    expect(refusal(from, from)).toContain('is not before')
    expect(refusal(from, '2026-11-02T10:00')).toContain('--to 2026-11-02T10:00 names no zone')
  })

  test('is refused where it has yet to begin', () => {
    expect(refusal('2026-11-24T12:01Z')).toContain('lies in the future')
  })
})
