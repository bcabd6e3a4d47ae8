import { afterAll, beforeAll, expect, test } from 'vitest'
import { advanceDue } from '#pipeline/advancement.ts'
import { drift, storedCustomer } from '../../support/customer.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

const PROGRAM = `
program: p
zone: UTC
wallets: [points]
scores:
  - { id: habit, kind: engagement, on: recharge, days: 5, bands: [{ from: 0, name: any }] }
  - { id: age, kind: tenure, bands: [{ from: 0, name: any }] }
  - { id: worth, kind: composite, of: { habit: 1, age: 0.1 }, bands: [{ from: 0, name: any }] }
points:
  - { id: all, on: recharge, amount: event.value, wallet: points }
tiers:
  - { id: status, wallet: points, per: day, graceDays: 1, levels: [{ name: silver, from: 10 }, { name: gold, from: 30 }] }
  - { id: value, score: worth, levels: [{ name: low, from: 1 }, { name: high, from: 2 }] }
`

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline(PROGRAM)
})
afterAll(() => pipeline.close())

const DAY = 86_400_000
const today = Math.floor(Date.now() / DAY)
/** A time so many days ago, in hours of that day. */
const ago = (days: number, hour = 6) => new Date((today - days) * DAY + hour * 3_600_000).toISOString()
const dayOf = (days: number) => ago(days).slice(0, 10)
const paid = (id: string, days: number, value: number) =>
  recharge({ customer_id: 't', event_id: id, timestamp: ago(days), value })

/** What is recorded of a tier and not taken back: occurrence and level. */
async function told(tier: string): Promise<readonly string[]> {
  const { awards } = await storedCustomer(pipeline, 't')
  return awards
    .filter(({ rule, live }) => rule === tier && live)
    .map(({ kind, occurrence, level }) => `${kind} ${occurrence} ${level}`)
    .sort()
}

test('a customer rises by events and falls by time, and what comes late changes both', async () => {
  await pipeline.run(paid('one', 9, 30), paid('two', 8, 10))
  expect(await told('status')).toEqual([`tier ${dayOf(9)}/2 2`])
  expect(await told('value')).toEqual(['tier 1 1', 'tier 2 2'])
  await advanceDue(pipeline)
  const fallen = [`tier ${dayOf(9)}/2 2`, `tier fell/${dayOf(6)} 1`, `tier fell/${dayOf(5)} 0`]
  expect(await told('status')).toEqual(fallen)
  expect(await drift(pipeline)).toEqual([])
  // The day before its last one as gold is gold again: the customer falls a day later, from gold to nothing.
  await pipeline.run(paid('three', 8, 20))
  expect(await told('status')).toEqual([`tier ${dayOf(9)}/2 2`, `tier fell/${dayOf(5)} 0`])
  expect(await drift(pipeline)).toEqual([])
  await pipeline.run(recharge({ customer_id: 't', event_id: 'never', timestamp: ago(7), reverses: 'three' }))
  expect(await told('status')).toEqual(fallen)
  expect(await told('value')).toEqual(['tier 1 1', 'tier 2 2'])
  expect(await drift(pipeline)).toEqual([])
})
