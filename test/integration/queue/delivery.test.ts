import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { addDelivery } from '#queue/jobs.ts'
import { connectWorker } from '#queue/redis.ts'
import { openTransport, type Transport } from '#queue/transport.ts'
import { startWorker } from '#queue/worker.ts'

const prefix = `test-${randomUUID().slice(0, 8)}`
let transport: Transport
beforeAll(async () => {
  transport = await openTransport(inject('redisUrl'), prefix)
})
afterAll(async () => {
  await transport.queues.delivery.obliterate({ force: true })
  await transport.close()
})

test('any number of wishes to deliver are one job, and those that come while it is at work one more', async () => {
  const { queues } = transport
  for (let i = 0; i < 5; i++) await addDelivery(queues)
  expect(await queues.delivery.count()).toBe(1)
  let runs = 0
  let finish = () => {}
  const connection = connectWorker(inject('redisUrl'))
  const worker = startWorker(connection, {
    queue: 'delivery',
    prefix,
    concurrency: 1,
    rate: undefined,
    deadline: undefined,
    run: () => {
      runs++
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    },
    isTransient: () => false,
    onError: () => {},
  })
  try {
    await vi.waitUntil(() => runs === 1)
    for (let i = 0; i < 5; i++) await addDelivery(queues)
    finish()
    await vi.waitUntil(() => runs === 2, { timeout: 5_000 })
    finish()
    await vi.waitUntil(async () => (await queues.delivery.getJobCountByTypes('waiting', 'active')) === 0)
    expect(runs).toBe(2)
    await addDelivery(queues)
    await vi.waitUntil(() => runs === 3)
    finish()
  } finally {
    await worker.close()
    connection.disconnect()
  }
})
