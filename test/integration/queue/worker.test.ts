import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { connectWorker } from '#queue/redis.ts'
import { openTransport, type Transport } from '#queue/transport.ts'
import { startWorker } from '#queue/worker.ts'

const prefix = `worker-${randomUUID().slice(0, 8)}`
let transport: Transport
beforeEach(async () => {
  transport = await openTransport(inject('redisUrl'), prefix)
})
afterEach(async () => {
  await transport.queues.scoring.obliterate({ force: true })
  await transport.close()
})

test('a job that hangs is given up at its deadline, told so, and run again', async () => {
  const connection = connectWorker(inject('redisUrl'))
  const reasons: unknown[] = []
  let resolve = (_: unknown) => {}
  const done = new Promise((settle) => {
    resolve = settle
  })
  const worker = startWorker(connection, {
    queue: 'scoring',
    prefix,
    concurrency: 1,
    rate: undefined,
    deadline: 100,
    run: async (job, signal) => {
      if (job.attemptsMade > 0) return resolve(job.attemptsMade)
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      return new Promise(() => {})
    },
    isTransient: () => false,
    onError: (error) => reasons.push(error),
  })
  try {
    await transport.queues.scoring.add('batch', { batch: 1 })
    expect(await done).toBe(1)
    expect(reasons).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }, { code: 'DEADLINE_EXCEEDED' }])
  } finally {
    await worker.close()
    connection.disconnect()
  }
})
