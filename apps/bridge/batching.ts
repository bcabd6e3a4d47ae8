import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Batch, Message, Payload } from '#domain/message.ts'
import type { KafkaRecord, TopicPartition } from '#stream/consumer.ts'

/** What a batch may hold. A record larger than that travels alone. */
export const batchLimit = { messages: 1_000, bytes: 1024 * 1024 }

/** Bytes of a record's key, value and headers. */
export function sizeOf({ key, value, headers }: KafkaRecord): number {
  let size = (key?.length ?? 0) + (value?.length ?? 0)
  for (const [name, bytes] of entries(headers)) size += name.length + (bytes?.length ?? 0)
  return size
}

/** How many of the first records make the next batch: as many as it may hold, but at least one. */
export function countOfNext(records: readonly KafkaRecord[]): number {
  let count = 0
  let bytes = 0
  for (const record of records) {
    bytes += sizeOf(record)
    if (count > 0 && (count === batchLimit.messages || bytes > batchLimit.bytes)) break
    count += 1
  }
  return count
}

/** Records of one partition, at least one and in order, as a batch. */
export function toBatch(
  clusterId: string,
  { topic, partition }: TopicPartition,
  records: readonly KafkaRecord[],
): Batch {
  const first = records[0]!.offset
  const last = records[records.length - 1]!.offset
  const hash = createHash('sha256').update(`${clusterId}\n`)
  for (const { offset, timestamp, value } of records) {
    // With the length in front of it, no two different series of records are the same bytes.
    hash.update(`${offset} ${timestamp} ${value?.length ?? -1}\n`)
    if (value) hash.update(value)
  }
  const digest = hash.digest('hex').slice(0, 16)
  return {
    key: `${topic}/${partition}/${first}-${last}/${digest}`,
    cluster: clusterId,
    topic,
    partition,
    messages: records.map(toMessage),
  }
}

function toMessage({ offset, timestamp, key, value, headers }: KafkaRecord): Message {
  const named = entries(headers).map(([name, bytes]) => [name, toPayload(bytes)] as const)
  return {
    offset,
    timestamp: Number(timestamp),
    value: toPayload(value),
    ...(key === null ? {} : { key: toPayload(key) }),
    ...(named.length === 0 ? {} : { headers: named }),
  }
}

function toPayload(bytes: Buffer | string | null): Payload {
  if (bytes === null || typeof bytes === 'string') return bytes
  return isUtf8(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') }
}

/**
 * Every value of every header. kafkajs gathers headers in a plain object, so that one named `constructor`
 * comes with what objects inherit under that name; only bytes are a header's value.
 */
function entries(headers: KafkaRecord['headers']): [name: string, value: Buffer | string | null][] {
  if (!headers) return []
  return Object.entries(headers).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values ?? null])
      .filter((value) => value === null || typeof value === 'string' || Buffer.isBuffer(value))
      .map((value): [string, Buffer | string | null] => [name, value]),
  )
}
