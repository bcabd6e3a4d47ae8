import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Batch } from '#domain/message.ts'
import { retryFailure } from '#pipeline/retry.ts'
import { runNormalization } from '#pipeline/stages.ts'
import { trace as traceSchema } from '../../../apps/api/schema.ts'
import { type Fixture, startFixture, tokenOf } from './fixture.ts'

let api: Fixture

beforeAll(async () => {
  api = await startFixture()
})

afterAll(() => api.stop())

const event = (fields: object = {}) => ({
  customer_id: '+8801700000042',
  event_type: 'recharge',
  timestamp: '2024-11-20T09:00:00Z',
  amount: 120,
  ...fields,
})

/** Brings messages as the bridge would have read them from Kafka. */
async function read(
  topic: string,
  partition: number,
  first: number,
  values: readonly string[],
): Promise<void> {
  const batch: Batch = {
    key: `${topic}/${partition}/${first}/${Math.random()}`,
    cluster: 'cluster',
    topic,
    partition,
    messages: values.map((value, i) => ({ offset: String(first + i), timestamp: Date.now(), value })),
  }
  await runNormalization(api.context, batch, false)
}

/** The earliest of all, so that the badge is its own. */
const invoice = JSON.stringify(event({ event_id: 'inv/1 2', timestamp: '2024-11-19T09:00:00Z' }))

const traceOf = async (id: string) => {
  const { status, body } = await api.get(`/v1/events/${id}`)
  expect(status).toBe(200)
  return traceSchema.parse(body)
}

describe('a stored event', () => {
  beforeAll(async () => {
    await read('billing-events', 2, 1_200, [invoice, JSON.stringify(event())])
    await read('billing-events', 1, 7, [invoice])
    await api.process()
  })

  test('is found by where it came from, by its event_id and by Laurel’s id, all the same', async () => {
    const found = await traceOf('billing-events/2/1200')
    expect(found).toMatchObject({
      status: 'stored',
      event: {
        id: found.id,
        type: 'recharge',
        source: 'billing',
        customer: '+88017••••0042',
        value: 120,
        at: '2024-11-19T09:00:00.000Z',
        identity: 'event_id',
        from: 'billing-events/2/1200',
      },
      duplicateOf: null,
      failure: null,
      awards: [
        { rule: 'first-recharge', kind: 'badge' },
        { rule: 'recharge-points', amount: 12, receipt: { before: 0 } },
      ],
      alsoDelivered: [{ from: 'billing-events/1/7' }],
      sameEventId: [],
    })
    expect(Object.values(found.stages ?? {})).not.toContain(null)
    expect(await traceOf(encodeURIComponent('billing-events/2/1200'))).toEqual(found)
    expect(await traceOf(encodeURIComponent('inv/1 2'))).toEqual(found)
    expect(await traceOf(found.id)).toEqual(found)
    expect(await traceOf(found.id.toUpperCase())).toEqual(found)
  })

  test('is what another delivery of it is a duplicate of', async () => {
    const original = await traceOf('billing-events/2/1200')
    expect(await traceOf('billing-events/1/7')).toMatchObject({
      id: original.id,
      status: 'duplicate',
      duplicateOf: original.id,
      event: { from: 'billing-events/2/1200' },
    })
  })

  test('stays stored when its own message is read again', async () => {
    await read('billing-events', 2, 1_199, [JSON.stringify(event({ event_id: 'z' })), invoice])
    expect(await traceOf('billing-events/2/1200')).toMatchObject({ status: 'stored', duplicateOf: null })
  })

  test('without an id is found by where it came from', async () => {
    expect(await traceOf('billing-events/2/1201')).toMatchObject({
      status: 'stored',
      event: { identity: 'offset', from: 'billing-events/2/1201' },
    })
  })

  test('of two sources that use the same event_id, the other one is named', async () => {
    for (const source of ['app', 'crm']) {
      await api.post(JSON.stringify(event({ event_id: 'shared' })), {
        authorization: `Bearer ${tokenOf(source)}`,
      })
    }
    const found = await traceOf('shared')
    expect(found.event?.source).toBe('crm')
    expect(found.sameEventId).toMatchObject([{ source: 'app' }])
    expect(await traceOf(found.sameEventId[0]!.id)).toMatchObject({
      event: { source: 'app' },
      sameEventId: [],
    })
  })

  test('whose event_id is a UUID is found by it', async () => {
    const id = '0B1F3A52-8C1D-4B7E-9A55-0123456789AB'
    await api.post(JSON.stringify(event({ event_id: id })))
    expect(await traceOf(id)).toMatchObject({ status: 'stored', event: { source: 'app' } })
  })
})

describe('a failed message', () => {
  test('has its reason, masked, and is stored once it was put right', async () => {
    await read('crm-events', 0, 5, [JSON.stringify(event({ timestamp: 'on Monday +8801700000042' }))])
    const failed = await traceOf('crm-events/0/5')
    expect(failed).toMatchObject({
      status: 'failed',
      event: null,
      stages: null,
      awards: [],
      failure: {
        state: 'open',
        code: 'TIMESTAMP_INVALID',
        pointer: '/timestamp',
        source: 'crm',
        customer: '+88017••••0042',
        from: 'crm-events/0/5',
        attempts: 1,
      },
    })
    expect(JSON.stringify(failed)).not.toContain('8801700000042')
    expect(await traceOf(failed.id)).toEqual(failed)
    const outcome = await retryFailure(api.context, failed.failure!.id, event())
    expect(outcome).toMatchObject({ counted: true })
    expect(await traceOf('crm-events/0/5')).toMatchObject({
      status: 'stored',
      event: { source: 'crm', from: 'crm-events/0/5' },
      failure: { state: 'resolved' },
      awards: [{ rule: 'recharge-points' }],
    })
  })
})

describe('what is not known', () => {
  test.each([
    'billing-events/2/99',
    'nobody',
    '00000000-0000-4000-8000-000000000000',
    'a/0/9007199254740993',
  ])('%s', async (id) => {
    const { status, body } = await api.get(`/v1/events/${id}`)
    expect(status).toBe(404)
    expect(body.detail).toContain(`no event is known as ${id}`)
  })

  test('a name with a NUL character', async () => {
    expect((await api.get('/v1/events/a%00b')).status).toBe(400)
    expect((await api.get('/v1/events/%ff')).status).toBe(400)
  })
})

describe('for a browser', () => {
  test('a trace is a page without scripts, and what it shows is escaped', async () => {
    await api.post(JSON.stringify(event({ event_id: 'html', event_type: '<script>alert(1)</script>' })))
    const { headers, body } = await api.get('/v1/events/html', { accept: 'text/html,*/*;q=0.8' })
    expect(headers.get('content-type')).toContain('text/html')
    expect(headers.get('vary')).toContain('Accept')
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/)
    expect(body).toContain('<h1>Event: stored</h1>')
    expect(body).not.toContain('<script')
    expect(body).toContain('&#60;script&#62;')
  })

  test('anything else gets JSON', async () => {
    expect((await api.get('/v1/events/html', { accept: '*/*' })).body.status).toBe('stored')
  })
})
