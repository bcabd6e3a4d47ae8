import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FailedEventJob } from '#queue/jobs.ts'
import type { Job } from '#queue/worker.ts'
import { recharge, Site, until } from './fixture.ts'

let site: Site
beforeAll(async () => {
  site = await Site.start()
})
afterAll(() => site.stop())

const queue = () => site.transport.queues['failed-events']

/** A failure that no retry can help: each real one counts one more attempt. */
async function hopeless(customer: string): Promise<Job<FailedEventJob>> {
  return site.deliverBad({ ...recharge(customer, 100), timestamp: 'yesterday' })
}

async function attempts(job: Job<FailedEventJob>): Promise<number> {
  return (await site.failure(job)).attempts
}

async function untilAttempts(job: Job<FailedEventJob>, expected: number): Promise<void> {
  await until(async () => (await attempts(job)) === expected, `no attempt ${expected} of ${job.id}`)
  await site.settled(job.id!, 'failed')
}

async function edit(job: Job<FailedEventJob>, fix: unknown): Promise<void> {
  const { status } = await site.ask('PATCH', `/api/queues/failed-events/${job.id}/update-data`, {
    jobData: { ...job.data, fix },
  })
  expect(status).toBe(200)
}

async function retry(job: Job<FailedEventJob>): Promise<void> {
  expect((await site.ask('PUT', `/api/queues/failed-events/${job.id}/retry`)).status).toBe(204)
}

describe('an edited event', () => {
  test('counts once it is retried, and its job is completed', async () => {
    const customer = '+8801700000101'
    const event = { ...recharge(customer, 100), timestamp: 'yesterday' }
    const job = await site.deliverBad(event)
    expect(await site.points(customer)).toBe(0)
    await edit(job, { ...event, timestamp: new Date().toISOString() })
    await retry(job)
    const done = await site.settled(job.id!, 'completed')
    expect(await site.points(customer)).toBe(10)
    expect(done.returnvalue).toMatchObject({ outcome: 'it counts now' })
    expect(await site.failure(job)).toMatchObject({ state: 'resolved', fixedBy: 'ops' })
    const { logs } = await queue().getJobLogs(job.id!)
    expect(logs).toEqual([expect.stringMatching(/^20.*Z retried: it counts now, as event [\da-f-]{36}$/)])
  })

  test('fails again with its new reason, and its data says so', async () => {
    const event = { ...recharge('+8801700000102', 100), timestamp: 'yesterday' }
    const job = await site.deliverBad(event)
    const fix = { ...event, timestamp: new Date().toISOString(), amount: -5 }
    await edit(job, fix)
    await retry(job)
    await untilAttempts(job, 2)
    const again = await site.settled(job.id!, 'failed')
    expect(again.failedReason).toMatch(/^VALUE_NEGATIVE: .*got -5/)
    expect(again.data).toMatchObject({ fix, info: { code: 'VALUE_NEGATIVE', attempts: 2 } })
    const { logs } = await queue().getJobLogs(job.id!)
    expect(logs).toEqual([expect.stringContaining('retried: VALUE_NEGATIVE')])
  })

  test('that counts already can be retried, and counts no more, and can be edited no more', async () => {
    const customer = '+8801700000103'
    const event = { ...recharge(customer, 100), timestamp: 'yesterday' }
    const job = await site.deliverBad(event)
    await edit(job, { ...event, timestamp: new Date().toISOString() })
    await retry(job)
    await site.settled(job.id!, 'completed')
    await retry(job)
    await until(async () => (await queue().getJobLogs(job.id!)).count === 2, 'no second log line')
    const done = await site.settled(job.id!, 'completed')
    expect(done.returnvalue).toMatchObject({ outcome: 'it had been counted before' })
    expect(await site.points(customer)).toBe(10)
    const { status } = await site.ask('PATCH', `/api/queues/failed-events/${job.id}/update-data`, {
      jobData: { fix: event },
    })
    expect(status).toBe(400)
  })
})

describe('a retry is real', () => {
  test('of one job', async () => {
    const job = await hopeless('+8801700000111')
    expect(await attempts(job)).toBe(1)
    await retry(job)
    await untilAttempts(job, 2)
    await retry(job)
    await untilAttempts(job, 3)
  })

  test('of all jobs at once', async () => {
    const jobs = [await hopeless('+8801700000112'), await hopeless('+8801700000113')]
    expect((await site.ask('PUT', '/api/queues/failed-events/retry/failed')).status).toBe(200)
    for (const job of jobs) await untilAttempts(job, 2)
  })

  test('of all jobs by one command to Redis', async () => {
    const job = await hopeless('+8801700000114')
    await queue().retryJobs({ state: 'failed' })
    await untilAttempts(job, 2)
  })

  test('whatever counters are set back', async () => {
    const job = await hopeless('+8801700000115')
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
    await untilAttempts(job, 2)
  })

  test('of a job that waits for PostgreSQL and is promoted', async () => {
    const job = await hopeless('+8801700000116')
    await site.stopWorkers()
    await job.retry('failed')
    // As a worker leaves a job whose run met a fault that will pass.
    const { redis } = site.transport
    const key = (name: string) => `${site.config.REDIS_PREFIX}:failed-events:${name}`
    await redis.lrem(key('wait'), 1, job.id!)
    await redis.zadd(key('delayed'), (Date.now() + 3_600_000) * 0x1000, job.id!)
    await site.startWorkers()
    expect((await site.ask('PUT', `/api/queues/failed-events/${job.id}/promote`)).status).toBe(204)
    await untilAttempts(job, 2)
  })
})

describe('a first run only shows the failure', () => {
  test('also after a worker died over it', async () => {
    await queue().pause()
    await site.deliver({ ...recharge('+8801700000121', 100), timestamp: 'yesterday' })
    const [row] = await site.database.sql<[{ id: number }]>`select max(id) as id from failures`
    const id = `failure-${row.id}-1`
    // What a worker leaves that took the job and died: one more start, and nothing else.
    await site.transport.redis.hincrby(`${site.config.REDIS_PREFIX}:failed-events:${id}`, 'ats', 1)
    await queue().resume()
    const job = await site.settled(id, 'failed')
    expect(job.attemptsStarted).toBe(2)
    expect(await attempts(job)).toBe(1)
    expect((await queue().getJobLogs(id)).count).toBe(0)
  })

  test('also where the event quotes what a lost connection says', async () => {
    const event = { ...recharge('+8801700000122', 100), timestamp: 'ECONNREFUSED Connection is closed' }
    const job = await site.deliverBad(event)
    expect(job.attemptsStarted).toBe(1)
    expect(await attempts(job)).toBe(1)
    await retry(job)
    await untilAttempts(job, 2)
  })
})
