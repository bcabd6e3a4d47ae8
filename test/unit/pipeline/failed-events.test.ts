import { describe, expect, test } from 'vitest'
import type { Payload } from '#domain/message.ts'
import { fixable } from '#pipeline/failed-events.ts'

const failed = (value: Payload, fix: string | null = null) =>
  fixable({ original: JSON.stringify({ offset: '7', timestamp: 0, value }), fix })

describe('what an operator corrects', () => {
  test.each<[string, Payload, unknown]>([
    ['the event', '{"customer_id":"123","__proto__":1}', JSON.parse('{"customer_id":"123","__proto__":1}')],
    ['JSON that is no object', '[1]', [1]],
    ['a text that is not JSON', '{"amount": NaN}', '{"amount": NaN}'],
    ['nothing', null, ''],
    ['what can be read of bytes that are no text', { base64: 'YWL/' }, 'ab\ufffd'],
  ])('%s', (_, value, expected) => {
    expect(failed(value)).toEqual(expected)
  })

  test('is what was put in its place before', () => {
    expect(failed('{"a":1}', '{"a":2}')).toEqual({ a: 2 })
  })

  test('of JSON that no job could hold, its text', () => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect(failed(deep)).toBe(deep)
  })
})
