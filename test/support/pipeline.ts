import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { inject } from 'vitest'
import type { Message } from '#domain/message.ts'
import type { Context } from '#pipeline/context.ts'
import type { Delivery } from '#pipeline/delivery.ts'
import { gamifyBatch } from '#pipeline/gamification.ts'
import { coordinates } from '#pipeline/identity.ts'
import type { Recorded, Recording } from '#pipeline/normalization.ts'
import { record } from '#pipeline/normalization.ts'
import { Programs } from '#pipeline/programs.ts'
import { publish } from '#pipeline/publication.ts'
import { scoreBatch } from '#pipeline/scoring.ts'
import { openTransport, type Transport } from '#queue/transport.ts'
import { Metrics } from '#runtime/metrics.ts'
import { loadProgram } from '#runtime/program.ts'
import { connect, migrate } from '#store/database.ts'
import { createDatabase } from './stack.ts'

export interface TestPipeline extends Context {
  readonly transport: Transport
  readonly prefix: string
  /** Of its database. */
  readonly url: string
  /** Messages as Kafka would deliver them, the next offsets of one partition. */
  recording(...values: readonly unknown[]): Recording
  /** Brings messages through normalization, scoring and gamification. */
  run(...values: readonly unknown[]): Promise<Recorded>
  close(): Promise<void>
}

/**
 * A pipeline on a database and Redis keys of its own.
 *
 * @param program its program.yaml; the starter program where it is left out
 */
export async function openPipeline(program?: string): Promise<TestPipeline> {
  const url = await createDatabase()
  await migrate(url)
  const database = connect(url, { application: 'test', connections: 6 })
  const prefix = `test-${randomUUID().slice(0, 8)}`
  const transport = await openTransport(inject('redisUrl'), prefix)
  const { text, sources } = loadProgram(resolve('programs/telco'))
  const programs = new Programs()
  await publish(database, program ?? text, 'test', Date.now())
  let offset = 0

  const recording = (...values: readonly unknown[]): Recording => {
    const deliveries = values.map((value): Delivery => {
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      const message: Message = { offset: String(offset++), timestamp: Date.now(), value: text }
      return {
        message,
        origin: {
          source: 'billing',
          bound: false,
          arrival: message.timestamp,
          headerId: undefined,
          fallback: () => coordinates('test', 'billing-events', 0, message),
        },
      }
    })
    return { key: `test/${randomUUID()}`, topic: 'billing-events', partition: 0, deliveries }
  }

  return {
    ...transport,
    transport,
    prefix,
    url,
    database,
    programs,
    sources,
    metrics: new Metrics(),
    recording,
    run: async (...values) => {
      const recorded = await record(database, sources, recording(...values), false)
      await scoreBatch(database, programs, recorded.batch)
      await gamifyBatch(database, programs, recorded.batch)
      return recorded
    },
    close: async () => {
      const keys = await transport.redis.keys(`${prefix}:*`)
      if (keys.length > 0) await transport.redis.unlink(...keys)
      await transport.close()
      await database.close()
    },
  }
}

let count = 0

/** A recharge with an event id, of a customer of this test's own unless told otherwise. */
export function recharge(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  count++
  return {
    event_id: `recharge-${count}`,
    customer_id: `customer-${count}`,
    event_type: 'recharge',
    timestamp: '2026-11-20T06:00:00Z',
    value: 100,
    ...fields,
  }
}
