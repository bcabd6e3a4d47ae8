import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Batch } from '#domain/message.ts'
import { Rehearsal } from '#pipeline/rehearsal.ts'
import { runNormalization } from '#pipeline/stages.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline()
})
afterAll(() => pipeline.close())

const TABLES = ['batches', 'events', 'duplicates', 'failures', 'subjects'] as const

async function rows(): Promise<readonly number[]> {
  const { sql } = pipeline.database
  return Promise.all(
    TABLES.map(async (table) => (await sql`select count(*)::int as total from ${sql(table)}`)[0]!.total),
  )
}

let offset = 0
/** Batches that came before count as messages of the same partition. */
function batchOf(...values: readonly unknown[]): Batch {
  const messages = values.map((value) => ({
    offset: String(offset++),
    timestamp: Date.parse('2026-11-20T06:00:01Z'),
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }))
  const key = `test/${messages[0]?.offset}`
  return { key, cluster: 'test', topic: 'billing-events', partition: 0, messages }
}

test('tells of every batch what recording it makes of each message, and writes nothing', async () => {
  const [known, event, later] = [recharge(), recharge(), recharge()]
  const before = batchOf(known, 'broken before')
  await runNormalization(pipeline, before, true)
  const batches = [
    { ...before, key: `${before.key}/again` },
    batchOf(known, { ...known, value: 7 }, event, event, { ...event, value: 7 }, 'broken', later),
    batchOf(event, { ...later, value: 7 }, later, recharge()),
  ]

  const stored = await rows()
  const rehearsal = new Rehearsal(pipeline.database, pipeline.sources)
  const told = []
  for (const batch of batches) told.push(await rehearsal.record(batch))
  expect(await rows()).toEqual(stored)

  const made = []
  for (const batch of batches) {
    const { verdicts } = await runNormalization(pipeline, batch, true)
    made.push(verdicts.map(({ status }) => status))
  }
  expect(told).toEqual(made)
  expect(made).toEqual([
    ['duplicate', 'failed'],
    ['duplicate', 'failed', 'accepted', 'duplicate', 'failed', 'failed', 'accepted'],
    ['duplicate', 'failed', 'duplicate', 'accepted'],
  ])
})
