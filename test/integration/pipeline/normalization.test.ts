import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { record } from '#pipeline/normalization.ts'
import { fromInstant } from '#store/instant.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline()
})
afterAll(() => pipeline.close())

const statuses = (recorded: { verdicts: readonly { status: string }[] }) =>
  recorded.verdicts.map(({ status }) => status)

describe('recording a batch', () => {
  test('writes events, duplicates and failures, each message once', async () => {
    const event = recharge()
    const recorded = await pipeline.run(event, event, 'not JSON', recharge({ value: -5 }), recharge())
    expect(statuses(recorded)).toEqual(['accepted', 'duplicate', 'failed', 'failed', 'accepted'])
    const [row] = await pipeline.database
      .sql`select messages, events, duplicates, failures from batches where id = ${recorded.batch}`
    expect(row).toEqual({ messages: 5, events: 2, duplicates: 1, failures: 2 })
  })

  test('the same key a second time changes nothing', async () => {
    const recording = pipeline.recording(recharge(), 'broken')
    const first = await record(pipeline.database, pipeline.sources, recording, false)
    const second = await record(pipeline.database, pipeline.sources, recording, false)
    expect(second).toEqual({ batch: first.batch, verdicts: [], accepted: 0, failed: false })
  })

  test('the same batch recorded ten times at once is recorded once', async () => {
    const recording = pipeline.recording(...Array.from({ length: 50 }, () => recharge()), 'broken')
    const results = await Promise.all(
      Array.from({ length: 10 }, () => record(pipeline.database, pipeline.sources, recording, false)),
    )
    expect(new Set(results.map(({ batch }) => batch)).size).toBe(1)
    expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(50)
    const [row] = await pipeline.database
      .sql`select count(*)::int as events from events where batch_id = ${results[0]!.batch}`
    expect(row).toEqual({ events: 50 })
  })

  test('messages read again under another key are duplicates, and their failures are not counted again', async () => {
    const recording = pipeline.recording(recharge(), 'broken')
    await record(pipeline.database, pipeline.sources, recording, false)
    const again = await record(
      pipeline.database,
      pipeline.sources,
      { ...recording, key: `${recording.key}/again` },
      false,
    )
    expect(statuses(again)).toEqual(['duplicate', 'failed'])
    expect(again.failed).toBe(false)
    const [row] = await pipeline.database.sql`
      select count(*)::int as failures from failures where "offset" = ${Number(recording.deliveries[1]!.message.offset)}`
    expect(row).toEqual({ failures: 1 })
  })

  test('one id with two contents: the first stays, the second is a conflict', async () => {
    const event = recharge()
    const recorded = await pipeline.run(event, { ...event, value: 101 })
    expect(statuses(recorded)).toEqual(['accepted', 'failed'])
    expect(recorded.verdicts[1]).toMatchObject({ rejection: { code: 'EVENT_ID_CONFLICT' } })
  })

  test('`__proto__` as a key is kept as data and pollutes nothing', async () => {
    const text =
      '{"__proto__":{"polluted":true},"event_id":"proto","customer_id":"p","event_type":"recharge","timestamp":"2026-11-20T06:00:00Z","value":1}'
    const recorded = await pipeline.run(text)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    const verdict = recorded.verdicts[0]!
    const [row] = await pipeline.database
      .sql`select payload from events where identity = ${verdict.status === 'failed' ? '' : verdict.event}`
    expect(row!.payload).toBe(text)
  })

  test('unknown event types and odd ids are stored', async () => {
    const recorded = await pipeline.run(
      { customer_id: '123', event_type: 'recharge', timestamp: '2024-01-01T12:00:00Z', amount: 50.0 },
      {
        source: 'crm',
        customer_id: 'ünï "\\ \u2028 id',
        event_type: 'nobody_knows',
        timestamp: '2024-01-01T12:00:00Z',
      },
    )
    expect(statuses(recorded)).toEqual(['accepted', 'accepted'])
  })
})

describe('an event that fails', () => {
  test('fits its row and every index, however long its names and ids are', async () => {
    const name = Array.from({ length: 6_000 }, (_, i) =>
      String.fromCharCode(0x4e00 + ((i * 7_919) % 20_000)),
    ).join('')
    const recorded = await pipeline.run(
      { [name]: { a: 'x\0' }, customer_id: 'long' },
      recharge({ customer_id: name }),
      recharge({ customer_id: 'nul\0', [name]: 1 }),
      recharge({ customer_id: 'neighbour' }),
    )
    expect(statuses(recorded)).toEqual(['failed', 'failed', 'failed', 'accepted'])
  })

  test('twice in one request is one failure', async () => {
    const recording = pipeline.recording('broken', 'broken')
    const [first] = recording.deliveries
    const twice = { ...recording, deliveries: [first!, first!] }
    const { verdicts } = await record(pipeline.database, pipeline.sources, twice, false)
    expect(verdicts[0]).toMatchObject({ status: 'failed' })
    expect(verdicts[1]).toEqual(verdicts[0])
  })

  test('at a time before zones had whole minutes is no trouble where the server has another zone', async () => {
    const { batch } = await pipeline.run(recharge({ customer_id: 'old', timestamp: '1900-01-01T00:00:00Z' }))
    const [row] = await pipeline.database.sql<
      { at: string }[]
    >`select at from events where batch_id = ${batch}`
    expect(fromInstant(row!.at)).toBe(Date.UTC(1900, 0, 1))
    const [zone] = await pipeline.database.sql`show timezone`
    expect(zone).toEqual({ TimeZone: 'UTC' })
  })
})

describe('what PostgreSQL refuses', () => {
  test('is found by halving, so that its neighbours count', async () => {
    const { sql } = pipeline.database
    await sql`alter table events add constraint refused check (type <> 'refused')`
    try {
      const events = Array.from({ length: 9 }, (_, i) => recharge(i === 4 ? { event_type: 'refused' } : {}))
      const recording = pipeline.recording(...events)
      await expect(record(pipeline.database, pipeline.sources, recording, false)).rejects.toThrow('refused')
      const recorded = await record(pipeline.database, pipeline.sources, recording, true)
      expect(recorded.accepted).toBe(8)
      expect(recorded.verdicts[4]).toMatchObject({ status: 'failed', rejection: { code: 'EVENT_REFUSED' } })
    } finally {
      await sql`alter table events drop constraint refused`
    }
  })

  test('is no event where it is the statement: tables of another version are nothing that an event can help', async () => {
    const { sql } = pipeline.database
    const failures = async () =>
      (await sql<[{ count: number }]>`select count(*) as count from failures`)[0].count
    const recording = pipeline.recording(recharge(), recharge())
    const before = await failures()
    await sql`alter table events rename column flags to marks`
    try {
      await expect(record(pipeline.database, pipeline.sources, recording, true)).rejects.toMatchObject({
        code: '42703',
      })
    } finally {
      await sql`alter table events rename column marks to flags`
    }
    expect(await failures()).toBe(before)
    expect((await record(pipeline.database, pipeline.sources, recording, true)).accepted).toBe(2)
  })
})
