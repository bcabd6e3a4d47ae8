import type { Request } from 'express'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Zone } from '#domain/zone.ts'
import { limit, readQuery, readTime, text } from '../../../apps/api/query.ts'

const schema = z.object({ name: text('a name').optional(), limit: limit(10) })
const read = (query: object) => readQuery(schema, { query } as Request)

describe('a query', () => {
  test.each([
    [{}, { limit: 10 }],
    [
      { name: 'x', limit: '100' },
      { name: 'x', limit: 100 },
    ],
  ])('%j', (query, expected) => {
    expect(read(query)).toEqual(expected)
  })

  test.each([
    [{ limit: '0' }, 'limit: expected a whole number from 1 to 100'],
    [{ limit: '101' }, 'limit: expected a whole number from 1 to 100'],
    [{ limit: '1.5' }, 'limit: expected a whole number from 1 to 100'],
    [{ limit: 'ten' }, 'limit: expected a whole number from 1 to 100'],
    [{ name: ['a', 'b'] }, 'name: expected one value'],
    [{ name: '' }, 'name: expected one value'],
    [{ Name: 'a' }, 'Name: no such parameter; there are name, limit'],
    [{ name: '', x: '1' }, 'name: expected one value; x: no such parameter; there are name, limit'],
  ])('%j is refused', (query, detail) => {
    expect(() => read(query)).toThrow(detail)
  })
})

describe('a time', () => {
  const dhaka = new Zone('Asia/Dhaka')

  test.each([
    ['2026-11-23T09:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['2026-11-23T09:00:00', '2026-11-23T03:00:00.000Z'],
    ['2026-11-23 09:00', '2026-11-23T03:00:00.000Z'],
    ['2026-11-23T09:00:00+05:30', '2026-11-23T03:30:00.000Z'],
    ['2026-11-23T09:00:00 05:30', '2026-11-23T03:30:00.000Z'],
    ['2026-11-23T09:00 0530', '2026-11-23T03:30:00.000Z'],
  ])('%s', (written, expected) => {
    expect(new Date(readTime('asOf', written, dhaka)).toISOString()).toBe(expected)
  })

  test.each([
    'now',
    '2026-11-23',
    '2026-02-30T00:00:00Z',
    '9999-12-31T23:59:59-18:00',
    '0000-01-01T00:00:00Z',
  ])('%s is refused', (written) => {
    expect(() => readTime('asOf', written, dhaka)).toThrow(/^asOf: expected a time in ISO 8601/)
  })
})
