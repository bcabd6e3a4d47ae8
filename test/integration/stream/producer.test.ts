import { expect, it, vi } from 'vitest'
import { openProducer } from '#stream/producer.ts'
import { Collector, createTopic, settings, silent, withAdmin } from './fixture.ts'

it('writes keys, values and headers byte for byte, and places keys as Java does', async () => {
  const topic = await withAdmin((admin) => createTopic(admin, 3))
  const producer = await openProducer(settings, silent)
  const bytes = Buffer.from([0xff, 0x00, 0xfe])
  await producer.send(topic, [
    {
      key: 'customer-1',
      value: 'first',
      headers: [
        ['many', 'a'],
        ['event-id', '42'],
        ['many', bytes],
        ['none', null],
        ['empty', ''],
      ],
    },
    { key: 'customer-1', value: 'second' },
    { key: bytes, value: bytes },
    { key: 'customer-2', value: null },
  ])
  await producer.close()

  const collector = new Collector({ topics: [topic] })
  await vi.waitUntil(() => collector.records.length === 4, { timeout: 15_000 })
  await collector.stop()
  const found = (key: string | Buffer) =>
    collector.records.filter((record) => record.key?.equals(Buffer.from(key)))
  expect(found('customer-1').map(({ value }) => String(value))).toEqual(['first', 'second'])
  expect(found('customer-1')[0]?.headers).toEqual({
    'event-id': Buffer.from('42'),
    many: [Buffer.from('a'), bytes],
    none: null,
    empty: Buffer.alloc(0),
  })
  expect(found(bytes)[0]?.value).toEqual(bytes)
  expect(found('customer-2')[0]?.value).toBeNull()
  // What the Java client's murmur2 gives for three partitions.
  expect(['customer-1', 'customer-2'].map((key) => found(key)[0]?.partition)).toEqual([0, 2])
})
