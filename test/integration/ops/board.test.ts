import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addBatches } from '#queue/jobs.ts'
import { QUEUE_NAMES, QUEUES } from '#queue/queues.ts'
import { recharge, Site } from './fixture.ts'

let site: Site
beforeAll(async () => {
  site = await Site.start({ API_URL: 'https://laurel.example.com/' })
})
afterAll(() => site.stop())

async function shown<T>(path: string): Promise<T> {
  const response = await site.ask('GET', path)
  expect(response.status).toBe(200)
  return (await response.json()) as T
}

test('every queue has its title, and says what a failure there means', async () => {
  const { queues } = await shown<{ queues: { name: string }[] }>('/api/queues')
  expect(queues.map(({ name }) => name)).toEqual(QUEUE_NAMES)
  for (const queue of queues) {
    const { title, description } = QUEUES[queue.name as keyof typeof QUEUES]
    expect(queue).toMatchObject({ displayName: title, description, readOnlyMode: false, allowRetries: true })
    expect(description).toMatch(/Retry is safe/)
  }
})

test('a batch keeps its name', async () => {
  const messages = [
    { offset: '1200', timestamp: Date.now(), value: JSON.stringify(recharge('+8801700000001', 5)) },
  ]
  const batch = { key: 'cdr-events/2/1200', cluster: 'test', topic: 'cdr-events', partition: 2, messages }
  await addBatches(site.transport.queues, [{ batch, attempt: 1 }])
  const { job } = await shown<{ job: object }>('/api/queues/normalization/cdr-events%2F2%2F1200%2F1')
  expect(job).toMatchObject({ name: 'cdr-events/2 · 1200 · 1', data: { messages } })
})

describe('a failed event', () => {
  test('tells what is wrong, where, and what to do', async () => {
    const event = { ...recharge('+8801700000042', 50), timestamp: 'yesterday' }
    const { id } = await site.deliverBad(event)
    const { job, status } = await shown<{ job: { failedReason: string }; status: string }>(
      `/api/queues/failed-events/${id}`,
    )
    expect(status).toBe('failed')
    expect(job).toMatchObject({
      name: 'TIMESTAMP_INVALID · billing · +88017••••0042',
      data: {
        fix: event,
        info: {
          stage: 'normalization',
          code: 'TIMESTAMP_INVALID',
          pointer: '/timestamp',
          got: '"yesterday"',
          attempts: 1,
          sameCause: 1,
          retryHelps: 'once `fix` is corrected',
        },
      },
    })
    const words = ['/timestamp', 'ISO 8601', '"yesterday"', 'To do: send']
    for (const word of words) expect(job.failedReason.split('\n')[0]).toContain(word)
    // Where in Laurel it was thrown is of no use to an operator.
    expect(job).toMatchObject({ stacktrace: [`${job.failedReason}\n`] })
  })

  test('links to the trace of its message', async () => {
    const { id, data } = await site.deliverBad('not JSON')
    const { job } = await shown<{ job: object }>(`/api/queues/failed-events/${id}`)
    expect(job).toMatchObject({
      externalUrl: { href: `https://laurel.example.com/v1/events/${data.info.from}` },
    })
    expect(data.info.from).toMatch(/^billing-events\/0\/\d+$/)
  })
})

describe('an edit', () => {
  const path = (id: string | undefined) => `/api/queues/failed-events/${id}/update-data`

  test('is kept beside the original, with who did it', async () => {
    const event = { ...recharge('+8801700000051', 50), timestamp: 'yesterday' }
    const job = await site.deliverBad(event)
    const fix = { ...event, timestamp: '2026-01-02T03:04:05Z' }
    const response = await site.ask('PATCH', path(job.id), { jobData: { fix, info: job.data.info } })
    expect(response.status).toBe(200)
    const failure = await site.failure(job)
    expect(failure).toMatchObject({ state: 'open', fix: JSON.stringify(fix), fixedBy: 'ops' })
    expect(JSON.parse(JSON.parse(failure.original).value)).toEqual(event)
    expect((await site.settled(job.id!)).data.fix).toEqual(fix)
  })

  test('changes nothing but the fix', async () => {
    const job = await site.deliverBad({ ...recharge('+8801700000052', 50), amount: -1 })
    const other = await site.deliverBad({ ...recharge('+8801700000053', 50), amount: -1 })
    const info = { ...job.data.info, failure: other.data.info.failure, reason: 'fine' }
    const response = await site.ask('PATCH', path(job.id), { jobData: { fix: { a: 1 }, info, more: true } })
    expect(response.status).toBe(200)
    expect((await site.settled(job.id!)).data).toEqual({ fix: { a: 1 }, info: job.data.info })
    expect((await site.failure(job)).fix).toBe('{"a":1}')
    expect((await site.failure(other)).fix).toBeNull()
  })

  test('of text that is no JSON stays text', async () => {
    const job = await site.deliverBad('{"amount":NaN}')
    expect(job.data.fix).toBe('{"amount":NaN}')
    expect((await site.ask('PATCH', path(job.id), { jobData: { fix: '{"amount":1}' } })).status).toBe(200)
    expect((await site.failure(job)).fix).toBe('{"amount":1}')
  })

  test('may be larger than 100 kB', async () => {
    const job = await site.deliverBad({ ...recharge('+8801700000054', 50), timestamp: 'x' })
    const fix = { ...(job.data.fix as object), metadata: { text: 'ä"'.repeat(60_000) } }
    expect((await site.ask('PATCH', path(job.id), { jobData: { fix } })).status).toBe(200)
    expect((await site.settled(job.id!)).data.fix).toEqual(fix)
  })

  test.each([
    ['without fix', { jobData: { info: {} } }],
    ['with a list', { jobData: { fix: [] } }],
    ['without data', {}],
    ['that is a list', []],
  ])('%s is refused with what to do', async (_, body) => {
    const job = await site.deliverBad({ ...recharge('+8801700000055', 50), timestamp: 'x' })
    const response = await site.ask('PATCH', path(job.id), body)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: 'Nothing was changed',
      message: expect.stringContaining('in the place of `fix`'),
    })
    expect((await site.settled(job.id!)).data).toEqual(job.data)
    expect((await site.failure(job)).fix).toBeNull()
  })

  test.each([
    ['that is no JSON', '{"jobData":'],
    ['that is too large', JSON.stringify({ jobData: { fix: { a: 'x'.repeat(2_100_000) } } })],
  ])('%s is refused', async (_, body) => {
    const job = await site.deliverBad({ ...recharge('+8801700000056', 50), timestamp: 'x' })
    const authorization = `Basic ${Buffer.from(`ops:${site.config.OPS_PASSWORD}`).toString('base64')}`
    const response = await fetch(`${site.url}${path(job.id)}`, {
      method: 'PATCH',
      body,
      headers: { authorization, 'content-type': 'application/json' },
    })
    expect([400, 413]).toContain(response.status)
    expect(await response.json()).toMatchObject({ error: 'Nothing was changed' })
    expect((await site.settled(job.id!)).data).toEqual(job.data)
  })

  test('of a job that is gone is refused', async () => {
    const response = await site.ask('PATCH', path('failure-0-1'), { jobData: { fix: {} } })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('gone') })
  })

  test.each(['/api/queues/normalization', '/api/queues/normaliz%61tion', '/API/queues/normalization'])(
    'of a batch is refused: %s',
    async (queue) => {
      await site.transport.queues.normalization.pause()
      const batch = { key: 'k', cluster: 'test', topic: 'app-events', partition: 0, messages: [] }
      await addBatches(site.transport.queues, [{ batch, attempt: 1 }])
      const response = await site.ask('PATCH', `${queue}/k%2F1/update-data`, { jobData: { fix: {} } })
      expect(response.status).toBe(400)
      expect((await site.transport.queues.normalization.getJob('k/1'))?.data).toEqual(batch)
      await site.transport.queues.normalization.remove('k/1')
      await site.transport.queues.normalization.resume()
    },
  )
})

test.each(QUEUE_NAMES)('no job is added to %s by hand', async (queue) => {
  const response = await site.ask('POST', `/api/queues/${queue}/add`, { name: 'x', data: { batch: 1 } })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ message: expect.stringContaining('publish an event') })
})

test('removing a job hides it and keeps the failure', async () => {
  const job = await site.deliverBad({ ...recharge('+8801700000057', 50), timestamp: 'x' })
  expect((await site.ask('PUT', `/api/queues/failed-events/${job.id}/clean`)).status).toBe(204)
  expect(await site.transport.queues['failed-events'].getJob(job.id!)).toBeUndefined()
  expect((await site.failure(job)).state).toBe('open')
})
