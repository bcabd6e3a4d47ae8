import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addBatches } from '#queue/jobs.ts'
import { basic, PASSWORD, recharge, Site, until, writePeople } from './fixture.ts'

const CUSTOMER = '+8801700000421'
const directory = mkdtempSync(join(tmpdir(), 'laurel-ops-'))
const file = join(directory, 'users.yaml')

let site: Site
beforeAll(async () => {
  await writePeople(file)
  site = await Site.start({ OPS_USERS_FILE: file })
})
afterAll(async () => {
  await site.stop()
  rmSync(directory, { recursive: true })
})

async function shown(name: string, path: string): Promise<string> {
  const response = await site.ask('GET', `/api/queues${path}`, undefined, {
    authorization: basic(name, PASSWORD),
  })
  expect(response.status).toBe(200)
  return response.text()
}

test('viewers never see who a failed event is about, wherever that stands', async () => {
  const event = {
    ...recharge(CUSTOMER, 100),
    timestamp: `yesterday, said ${CUSTOMER}`,
    metadata: { name: 'Rahim Uddin', note: 'call 01700000421' },
  }
  const job = await site.deliverBad(event)
  await job.log(`looked at ${CUSTOMER}`)
  await site.ask('PUT', `/api/queues/failed-events/${job.id}/retry`, undefined, {
    authorization: basic('omar', PASSWORD),
  })
  await until(async () => (await site.failure(job)).attempts === 2, 'not retried')
  await site.settled(job.id!, 'failed')
  const paths = [
    '?activeQueue=failed-events&status=failed&page=1&jobsPerPage=10',
    `/failed-events/${job.id}`,
    `/failed-events/${job.id}/logs`,
    `/failed-events/${job.id}/flow`,
  ]
  for (const path of paths) {
    const text = await shown('vera', path)
    expect(text).not.toMatch(/1700000421|Rahim|Uddin/)
    if (!path.endsWith('/flow')) expect(await shown('omar', path)).toContain('1700000421')
  }
  const { job: masked } = JSON.parse(await shown('vera', `/failed-events/${job.id}`))
  expect(masked).toMatchObject({
    id: job.id,
    timestamp: job.timestamp,
    failedReason: expect.stringMatching(
      /^TIMESTAMP_INVALID: .*got "yesterday, said \+88017••••0421"\)\. To do/,
    ),
    data: { fix: { customer_id: '+88017••••0421', event_type: 'recharge', amount: 100 } },
  })
  expect(masked.externalUrl).toBeUndefined()
})

test('nor what a batch holds', async () => {
  const { normalization } = site.transport.queues
  await normalization.pause()
  const value = JSON.stringify({ ...recharge(CUSTOMER, 1), metadata: { name: 'Rahim' } })
  const messages = [
    { offset: '1', timestamp: Date.now(), value },
    { offset: '2', timestamp: Date.now(), value: `${value.slice(0, -1)},` },
    { offset: '3', timestamp: Date.now(), value: { base64: Buffer.from(value).toString('base64') } },
  ]
  const batch = { key: 'masked/0/1', cluster: 'test', topic: 'app-events', partition: 0, messages }
  await addBatches(site.transport.queues, [{ batch, attempt: 1 }])
  const text = await shown('vera', `/normalization/${encodeURIComponent('masked/0/1/1')}`)
  expect(text).not.toMatch(/1700000421|Rahim/)
  expect(text).not.toContain(Buffer.from(value).toString('base64').slice(8, 40))
  await normalization.remove('masked/0/1/1')
  await normalization.resume()
})

test('what is masked cannot be written back', async () => {
  const event = { ...recharge(CUSTOMER, 100), timestamp: 'yesterday' }
  const job = await site.deliverBad(event)
  const fix = { ...event, customer_id: '+88017••••0421', timestamp: new Date().toISOString() }
  const response = await site.ask(
    'PATCH',
    `/api/queues/failed-events/${job.id}/update-data`,
    { jobData: { fix } },
    { authorization: basic('omar', PASSWORD) },
  )
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ message: expect.stringContaining('Write what is hidden') })
  expect((await site.failure(job)).fix).toBeNull()
})

test('the board of viewers has no buttons that they may not press', async () => {
  const { queues } = JSON.parse(await shown('vera', ''))
  expect(new Set(queues.map(({ readOnlyMode }: { readOnlyMode: boolean }) => readOnlyMode))).toEqual(
    new Set([true]),
  )
})
