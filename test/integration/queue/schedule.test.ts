import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'
import { assertSchedule } from '#queue/schedule.ts'
import { openTransport, type Transport } from '#queue/transport.ts'

const MINUTE = 60_000

let transport: Transport
beforeEach(async () => {
  transport = await openTransport(inject('redisUrl'), `schedule-${randomUUID().slice(0, 8)}`)
})
afterEach(async () => {
  vi.useRealTimers()
  await transport.queues.maintenance.obliterate({ force: true })
  await transport.close()
})

async function nextOf(name: string): Promise<number> {
  const scheduler = await transport.queues.maintenance.getJobScheduler(name)
  return (scheduler?.next ?? Number.NaN) - Date.now()
}

test('what a worker with a fast clock has put off is brought back by another', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * MINUTE })
  await assertSchedule(transport.queues)
  vi.useRealTimers()
  expect(await nextOf('sweep')).toBeGreaterThan(9 * MINUTE)
  await assertSchedule(transport.queues)
  expect(await nextOf('sweep')).toBeLessThanOrEqual(5_000)
  expect(await nextOf('advance')).toBeLessThanOrEqual(15_000)
})
