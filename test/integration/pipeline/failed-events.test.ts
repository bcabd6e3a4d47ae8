import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixable, makeRoom, showFailures } from '#pipeline/failed-events.ts'
import { gamifyBatch } from '#pipeline/gamification.ts'
import { record } from '#pipeline/normalization.ts'
import { publish } from '#pipeline/publication.ts'
import { retryFailure } from '#pipeline/retry.ts'
import { listFailures } from '#store/failure-filter.ts'
import { findFailure } from '#store/failures.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline()
})
afterAll(() => pipeline.close())

async function failing(value: unknown): Promise<number> {
  const { verdicts } = await pipeline.run(value)
  const [verdict] = verdicts
  if (verdict?.status !== 'failed') throw new Error(`expected a failure, got ${verdict?.status}`)
  return verdict.failure
}

async function points(customer: string): Promise<number> {
  const [row] = await pipeline.database.sql<[{ sum: number }]>`
    select coalesce(sum(l.amount), 0)::bigint as sum from ledger l join subjects s on s.id = l.customer_id
    where s.value = ${customer}`
  return row.sum
}

describe('a retry', () => {
  test('of an event that was corrected counts, and keeps what it was', async () => {
    const event = recharge({ customer_id: 'fixed', value: -50 })
    const id = await failing(event)
    const outcome = await retryFailure(pipeline, id, { ...event, value: 50 })
    expect(outcome).toMatchObject({ counted: true, was: 'new' })
    expect(await points('fixed')).toBe(50_000)
    const failure = await findFailure(pipeline.database, id)
    expect(failure).toMatchObject({ state: 'resolved', event: outcome.counted ? outcome.event : '' })
    expect(JSON.parse(failure!.original).value).toContain('-50')
  })

  test('of an event that is still wrong says so, and leaves it open', async () => {
    const id = await failing(recharge({ timestamp: 'yesterday' }))
    const outcome = await retryFailure(pipeline, id, undefined)
    expect(outcome).toMatchObject({
      counted: false,
      reason: expect.stringContaining('/timestamp: timestamp cannot be read'),
    })
    expect(await findFailure(pipeline.database, id)).toMatchObject({ state: 'open', attempts: 2 })
  })

  test('done twice counts once', async () => {
    const event = recharge({ customer_id: 'twice', value: -50 })
    const id = await failing(event)
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => retryFailure(pipeline, id, { ...event, value: 50 })),
    )
    expect(outcomes.every(({ counted }) => counted)).toBe(true)
    expect(await points('twice')).toBe(50_000)
  })

  test('makes reading the message again a duplicate', async () => {
    const recording = pipeline.recording(recharge({ event_id: undefined, customer_id: 42 }))
    const first = await record(pipeline.database, pipeline.sources, recording, false)
    const verdict = first.verdicts[0]!
    if (verdict.status !== 'failed') throw new Error('expected a failure')
    const fix = {
      customer_id: 'read-again',
      event_type: 'recharge',
      timestamp: '2026-11-20T06:00:00Z',
      value: 100,
    }
    const outcome = await retryFailure(pipeline, verdict.failure, fix)
    const again = await record(
      pipeline.database,
      pipeline.sources,
      { ...recording, key: `${recording.key}/again` },
      false,
    )
    expect(again.verdicts).toEqual([
      { status: 'duplicate', event: outcome.counted && outcome.event, warnings: [] },
    ])
    expect(await points('read-again')).toBe(100_000)
  })

  test('of a conflict counts once the event has an id of its own', async () => {
    const event = recharge({ customer_id: 'conflict' })
    await pipeline.run(event)
    const other = { ...event, value: 200 }
    const id = await failing(other)
    expect(await retryFailure(pipeline, id, undefined)).toMatchObject({ counted: false })
    expect(await retryFailure(pipeline, id, { ...other, event_id: 'another' })).toMatchObject({
      counted: true,
    })
    expect(await points('conflict')).toBe(300_000)
  })

  test('of a conflict whose id was left as it is says so', async () => {
    const event = recharge({ customer_id: 'still-conflict' })
    await pipeline.run(event)
    const id = await failing({ ...event, value: 200 })
    expect(await retryFailure(pipeline, id, { ...event, value: 300 })).toMatchObject({ counted: false })
    expect(await findFailure(pipeline.database, id)).toMatchObject({ state: 'open' })
  })

  test('after one that died before it noted its attempt says what is so', async () => {
    const event = recharge({ customer_id: 'died' })
    await pipeline.run(event)
    const other = { ...event, value: 200 }
    const id = await failing(other)
    const failure = (await findFailure(pipeline.database, id))!
    // What a retry leaves that is killed between its recording and its note.
    const [delivery] = pipeline.recording(other).deliveries
    const key = `retry/${id}/${failure.attempts}`
    await record(
      pipeline.database,
      pipeline.sources,
      { key, topic: 'billing-events', partition: 0, deliveries: [delivery!] },
      true,
    )
    expect(await retryFailure(pipeline, id, undefined)).toMatchObject({ counted: false })
    expect(await retryFailure(pipeline, id, { ...other, event_id: 'died-no-more' })).toMatchObject({
      counted: true,
    })
    expect(await points('died')).toBe(300_000)
  })

  test('counts once, also where the message would be accepted by now and is read again', async () => {
    const recording = pipeline.recording(recharge({ source: 'unknown-yet', customer_id: 'configured' }))
    const { verdicts } = await record(pipeline.database, pipeline.sources, recording, false)
    const [verdict] = verdicts
    if (verdict?.status !== 'failed') throw new Error('expected a failure')
    const fix = {
      ...JSON.parse(String(recording.deliveries[0]!.message.value)),
      source: 'billing',
      event_id: 'configured-fix',
    }
    expect(await retryFailure(pipeline, verdict.failure, fix)).toMatchObject({ counted: true })
    const billing = pipeline.sources.byName.get('billing')!
    const byName = new Map([...pipeline.sources.byName, ['unknown-yet', { ...billing, name: 'unknown-yet' }]])
    const configured = { ...pipeline.sources, byName }
    const again = await record(
      pipeline.database,
      configured,
      { ...recording, key: `${recording.key}/again` },
      false,
    )
    expect(again.verdicts).toMatchObject([{ status: 'duplicate' }])
  })

  test('shows numbers as they were written, so that an edit changes nothing else', () => {
    const original = (value: string) => ({
      original: JSON.stringify({ offset: '1', timestamp: 1, value }),
      fix: null,
    })
    expect(fixable(original('{"event_id":9007199254740993}'))).toBe('{"event_id":9007199254740993}')
    expect(fixable(original('{"event_id":"9007199254740993","value":1.5}'))).toEqual({
      event_id: '9007199254740993',
      value: 1.5,
    })
  })

  test('of a message that was no JSON takes a corrected text', async () => {
    const id = await failing(
      '{"customer_id": "text", "event_type": "recharge", "timestamp": "2026-11-20T06:00:00Z", "value": NaN}',
    )
    const text =
      '{"customer_id": "text", "event_type": "recharge", "timestamp": "2026-11-20T06:00:00Z", "value": 30}'
    expect(await retryFailure(pipeline, id, text)).toMatchObject({ counted: true })
    expect(await points('text')).toBe(30_000)
  })

  test('of an event that a rule failed on works once the rule is skipped', async () => {
    const rule = (rest: string) =>
      `  - { id: channel, on: recharge, when: 'event.metadata.channel == "app"', amount: '5.0', wallet: points ${rest}}\n`
    const head = 'program: p\nzone: UTC\nwallets: [points]\npoints:\n'
    const own = await openPipeline(head + rule(''))
    try {
      const recorded = await record(
        own.database,
        own.sources,
        own.recording(recharge({ customer_id: 'rule' })),
        false,
      )
      const gamified = await gamifyBatch(own.database, own.programs, recorded.batch)
      expect(gamified).toMatchObject({ failed: true, awards: 0 })
      const [failure] = await listFailures(own.database, { code: 'RULE_FAILED', state: 'open' }, 1)
      expect(await retryFailure(own, failure!.id, undefined)).toMatchObject({ counted: false })
      expect(await findFailure(own.database, failure!.id)).toMatchObject({ program: 1, attempts: 2 })
      const other = "  - { id: other, on: data_usage, amount: '1.0', wallet: points, counts: history }\n"
      await publish(own.database, head + rule('') + other, 'test', Date.now())
      expect(await retryFailure(own, failure!.id, undefined)).toMatchObject({ counted: false })
      expect(await findFailure(own.database, failure!.id)).toMatchObject({ program: 2, attempts: 3 })
      const better =
        "  - { id: any-channel, on: recharge, when: 'event.value > 1.0', amount: '5.0', wallet: points, counts: history }\n"
      await publish(own.database, head + rule(', onError: skip') + other + better, 'test', Date.now())
      expect(await retryFailure(own, failure!.id, undefined)).toMatchObject({ counted: true })
      const [sum] = await own.database.sql`select sum(amount)::int as points from ledger`
      expect(sum).toEqual({ points: 50_000 })
    } finally {
      await own.close()
    }
  })
})

describe('failed-events', () => {
  test('has a job for each open failure, at most so many of one cause, and again after Redis was emptied', async () => {
    await pipeline.run(
      ...Array.from({ length: 1_005 }, (_, i) => recharge({ value: 'x', event_id: `bounded-${i}` })),
    )
    await showFailures(pipeline)
    const queue = pipeline.queues['failed-events']
    const named = async () =>
      (await queue.getJobs(['waiting'])).filter(({ name }) => name.startsWith('VALUE_INVALID')).length
    expect(await named()).toBe(1_000)
    expect(await showFailures(pipeline)).toBe(0)
    const [job] = await queue.getJobs(['waiting'])
    // A removed job hides its failure, and gives its place to one that waits.
    await job!.remove()
    await makeRoom(pipeline)
    expect(await showFailures(pipeline)).toBe(1)
    expect(await named()).toBe(1_000)
    expect(job!.data).toMatchObject({
      fix: expect.anything(),
      info: { failure: expect.any(Number), reason: expect.any(String) },
    })
    const keys = await pipeline.transport.redis.keys(`${pipeline.prefix}:*`)
    await pipeline.transport.redis.unlink(...keys)
    expect(await showFailures(pipeline)).toBeGreaterThanOrEqual(1_000)
    expect(await named()).toBe(1_000)
  })
})
