import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Batch } from '#domain/message.ts'
import { audit } from '#pipeline/audit.ts'
import { record } from '#pipeline/normalization.ts'
import { retryFailure } from '#pipeline/retry.ts'
import { scoreBatch } from '#pipeline/scoring.ts'
import { runGamification, runNormalization } from '#pipeline/stages.ts'
import { listFailures } from '#store/failure-filter.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

const PRELOAD = `--import=${resolve('test/support/killed-by-1999.mjs')}`
/** As many kills as make a job suspect. */
const TWICE = 2

const PROGRAM = `
program: p
zone: UTC
wallets: [points, floored]
points:
  - { id: all, on: recharge, amount: '1.0', wallet: points }
  - { id: whole, on: recharge, amount: 'floor(event.value)', wallet: floored }
`

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline(PROGRAM)
})
afterAll(() => pipeline.close())

const points = async () => {
  const [row] = await pipeline.database
    .sql`select sum(amount)::int / 10000 as points from ledger where wallet = 'points'`
  return row!.points
}
const failures = (code: 'EVENT_KILLS_WORKER' | 'MESSAGE_KILLS_WORKER') =>
  listFailures(pipeline.database, { code, state: 'open' }, 10)

/** Records a batch and scores it, as if its gamification had ended two workers. */
async function runSuspect(...events: readonly Record<string, unknown>[]): Promise<void> {
  const { batch } = await record(pipeline.database, pipeline.sources, pipeline.recording(...events), false)
  await scoreBatch(pipeline.database, pipeline.programs, batch)
  await runGamification(pipeline, batch, 'test', TWICE)
}

describe('an event that rules do not come back from', () => {
  test('counts for no rule, unlike its neighbours, however often it is folded', async () => {
    process.env.NODE_OPTIONS = PRELOAD
    await runSuspect(
      ...Array.from({ length: 12 }, () => recharge()),
      recharge({ customer_id: 'k', value: 10 }),
      recharge({ customer_id: 'k', value: 1998.5 }),
    )
    expect(await points()).toBe(13)
    const [failure] = await failures('EVENT_KILLS_WORKER')
    expect(failure).toMatchObject({ customer: 'k', stage: 'gamification', got: 'none' })
    // What is folded again does not meet it either: a late event, and the audit.
    await pipeline.run(recharge({ customer_id: 'k', timestamp: '2026-11-01T06:00:00Z' }))
    expect(await points()).toBe(14)
    expect((await audit(pipeline, 'all', async () => {})).differences).toEqual([])

    expect(await retryFailure(pipeline, failure!.id, undefined)).toMatchObject({ counted: false })
    expect(await points()).toBe(14)
  })

  test('counts once it is harmless', async () => {
    process.env.NODE_OPTIONS = PRELOAD
    await runSuspect(
      recharge({ customer_id: 'floor', value: 1999.5 }),
      recharge({ customer_id: 'floor', value: 10 }),
    )
    const floored = async () =>
      (
        await pipeline.database.sql`
        select amount::int / 10000 as points from ledger join subjects s on s.customer_id = ledger.customer_id
        where wallet = 'floored' and s.value = 'floor' order by ledger.id`
      ).map((row) => row.points)
    expect(await floored()).toEqual([10])
    const [, failure] = (await failures('EVENT_KILLS_WORKER')).toReversed()
    expect(await retryFailure(pipeline, failure!.id, undefined)).toMatchObject({ counted: false })
    process.env.NODE_OPTIONS = ''
    expect(await retryFailure(pipeline, failure!.id, undefined)).toMatchObject({ counted: true })
    expect(await floored()).toEqual([10, 1999])
  })
})

afterEach(() => {
  delete process.env.NODE_OPTIONS
})

describe('a message that normalization does not come back from', () => {
  test('becomes a failure, unlike its neighbours, until it can be read', async () => {
    process.env.NODE_OPTIONS = PRELOAD
    const values = Array.from({ length: 100 }, () => JSON.stringify(recharge({ customer_id: 'n' })))
    values[37] = JSON.stringify(recharge({ customer_id: 'n', timestamp: '1999-11-20T06:00:00Z' }))
    const batch: Batch = {
      key: `billing-events/${randomUUID()}`,
      cluster: 'test',
      topic: 'billing-events',
      partition: 1,
      messages: values.map((value, i) => ({ offset: String(i), timestamp: Date.now(), value })),
    }
    const recorded = await runNormalization(pipeline, batch, false, TWICE)
    expect(recorded).toMatchObject({ accepted: 99 })
    const [failure] = await failures('MESSAGE_KILLS_WORKER')
    expect(failure).toMatchObject({ topic: 'billing-events', partition: 1, offset: 37 })

    expect(await retryFailure(pipeline, failure!.id, undefined)).toMatchObject({ counted: false })
    process.env.NODE_OPTIONS = ''
    expect(await retryFailure(pipeline, failure!.id, undefined)).toMatchObject({ counted: true })
  })
})
