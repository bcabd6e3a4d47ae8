import { describe, expect, it } from 'vitest'
import type { KafkaRecord } from '#stream/consumer.ts'
import { batchLimit, countOfNext, sizeOf, toBatch } from '../../../apps/bridge/batching.ts'

function record(offset: number, value: Buffer | string | null, more: Partial<KafkaRecord> = {}): KafkaRecord {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return { offset: String(offset), timestamp: '1700000000000', key: null, value: bytes, headers: {}, ...more }
}

const records = (count: number, value: Buffer | string) =>
  Array.from({ length: count }, (_, offset) => record(offset, value))

const place = { topic: 'billing-events', partition: 2 }
const batchOf = (...all: KafkaRecord[]) => toBatch('cluster', place, all)

describe('the next batch', () => {
  const half = Buffer.alloc(batchLimit.bytes / 2)

  it.each([
    ['nothing', [], 0],
    ['few records', records(3, 'a'), 3],
    ['as many as a batch may hold', records(1_000, 'a'), 1_000],
    ['more', records(1_001, 'a'), 1_000],
    ['as many bytes as a batch may hold', records(2, half), 2],
    ['more bytes', records(3, half), 2],
    ['a record larger than a batch, first', [record(0, Buffer.alloc(3 << 20)), record(1, 'a')], 1],
    ['a record larger than a batch, later', [record(0, 'a'), record(1, Buffer.alloc(3 << 20))], 1],
    ['records without a value', [record(0, null), record(1, null)], 2],
  ])('of %s', (_, waiting, count) => {
    expect(countOfNext(waiting)).toBe(count)
  })

  it('counts key, value and headers', () => {
    const headers = { id: Buffer.from('12345'), many: [Buffer.from('1'), Buffer.from('2')] }
    expect(sizeOf(record(0, 'value', { key: Buffer.from('key'), headers }))).toBe(
      3 + 5 + (2 + 5) + (4 + 1) * 2,
    )
  })
})

describe('a message', () => {
  it('is text where it is UTF-8, with offset and time', () => {
    const { messages } = batchOf(record(12, '{"name":"রহিম"}'))
    expect(messages).toEqual([{ offset: '12', timestamp: 1_700_000_000_000, value: '{"name":"রহিম"}' }])
  })

  it('keeps bytes that are not UTF-8', () => {
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x00])
    expect(batchOf(record(0, bytes, { key: bytes })).messages[0]).toMatchObject({
      value: { base64: 'e//+AA==' },
      key: { base64: 'e//+AA==' },
    })
  })

  it.each([
    ['a tombstone', null, null],
    ['an empty value', '', ''],
    ['a NUL character', 'a\0b', 'a\0b'],
    ['a byte order mark', '\ufeff{}', '\ufeff{}'],
  ])('keeps %s', (_, value, expected) => {
    expect(batchOf(record(0, value)).messages[0]?.value).toBe(expected)
  })

  it('keeps every value of every header', () => {
    const headers = {
      'event-id': Buffer.from('42'),
      trace: [Buffer.from('a'), Buffer.from([0xff])],
      empty: undefined,
    }
    expect(batchOf(record(0, 'v', { headers })).messages[0]?.headers).toEqual([
      ['event-id', '42'],
      ['trace', 'a'],
      ['trace', { base64: '/w==' }],
      ['empty', null],
    ])
  })

  it('survives header names that objects inherit', () => {
    // As kafkajs decodes them: it finds what objects inherit under the name and takes it for a first value.
    const headers = JSON.parse('{"__proto__":[]}')
    headers.constructor = [Object, Buffer.from('mine')]
    expect(batchOf(record(0, 'v', { headers })).messages[0]?.headers).toEqual([['constructor', 'mine']])
    expect(sizeOf(record(0, null, { headers }))).toBe('constructor'.length + 4)
  })
})

describe('a batch’s key', () => {
  it('names topic, partition and offsets, and its content', () => {
    const { key, cluster, topic, partition } = batchOf(record(5, 'a'), record(9, 'b'))
    expect(key).toMatch(/^billing-events\/2\/5-9\/[0-9a-f]{16}$/)
    expect({ cluster, topic, partition }).toEqual({ cluster: 'cluster', ...place })
  })

  it('is the same for the same records', () => {
    expect(batchOf(record(5, 'a'), record(9, null)).key).toBe(batchOf(record(5, 'a'), record(9, null)).key)
  })

  it('differs in anything that makes another series of records', () => {
    const all = [
      batchOf(record(5, 'a'), record(6, 'b')),
      toBatch('other cluster', place, [record(5, 'a'), record(6, 'b')]),
      batchOf(record(5, 'b'), record(6, 'a')),
      batchOf(record(5, 'ab'), record(6, '')),
      batchOf(record(5, 'ab'), record(6, null)),
      batchOf(record(5, 'a', { timestamp: '1700000000001' }), record(6, 'b')),
      batchOf(record(5, 'a6 1700000000000 1\nb'), record(6, '')),
    ]
    const digests = all.map(({ key }) => key.split('/')[3])
    expect(new Set(digests).size).toBe(all.length)
  })
})
