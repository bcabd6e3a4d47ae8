import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucketOf } from '#domain/customer.ts'
import { parseProgram } from '#domain/program.ts'
import { advanceDue } from '#pipeline/advancement.ts'
import { decide } from '#pipeline/decision.ts'
import { explain } from '#pipeline/explanation.ts'
import { dryRun } from '#pipeline/publication.ts'
import { setHorizon, settle } from '#pipeline/retention.ts'
import { drift, storedCustomer } from '../../support/customer.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

const PROGRAM = `
program: p
zone: UTC
wallets: [{ id: points, expiresAfterDays: 5 }]
eligibility:
  - { id: test-numbers, exclude: ['z-*'] }
points:
  - { id: trial, on: recharge, when: customer.bucket < 50, amount: event.value, wallet: points }
  - { id: control, on: recharge, when: customer.bucket >= 50, amount: event.value / 10.0, wallet: points }
`

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline(PROGRAM)
})
afterAll(() => pipeline.close())

const DAY = 86_400_000
const today = Math.floor(Date.now() / DAY)
const ago = (days: number, hour = 6) => new Date((today - days) * DAY + hour * 3_600_000).toISOString()

/** An id that begins so, of a customer in one half of the buckets or the other. */
function idOf(beginning: string, isInTrial: boolean): string {
  for (let i = 0; ; i++) {
    const value = `${beginning}-${i}`
    if (bucketOf({ kind: 'other', value }) < 50 === isInTrial) return value
  }
}

const [inTrial, inControl] = [idOf('a', true), idOf('b', false)]
const rulesOf = async (id: string) =>
  (await storedCustomer(pipeline, id)).live.map((key) => key.split('/')[0])

test('who somebody is counts live, for a late event, for a decision, and when it is audited', async () => {
  for (const [i, days] of [3, 2, 6].entries()) {
    const at = { timestamp: ago(days), value: 20 }
    await pipeline.run(
      recharge({ customer_id: inTrial, event_id: `t-${i}`, ...at }),
      recharge({ customer_id: inControl, event_id: `c-${i}`, ...at }),
    )
  }
  await advanceDue(pipeline)
  expect(await rulesOf(inTrial)).toEqual(['points', 'trial', 'trial', 'trial'])
  expect(await rulesOf(inControl)).toEqual(['control', 'control', 'control', 'points'])
  const { database, programs } = pipeline
  const customer = await storedCustomer(pipeline, inTrial)
  const spend = { kind: 'spend', wallet: 'points', amount: 50_000, key: 'k', reason: 'r', by: 'b' } as const
  expect(await decide(database, programs, customer, spend, Date.now())).toMatchObject({
    accepted: true,
    balance: 350_000,
  })
  expect(await drift(pipeline)).toEqual([])
})

test('an award is explained by it', async () => {
  const { customerId, awards } = await storedCustomer(pipeline, inTrial)
  const { occurrence } = awards.find(({ rule }) => rule === 'trial')!
  const explained = await explain(pipeline.database, pipeline.programs, customerId, 'trial', occurrence)
  expect(explained?.events.map(({ identity }) => identity)).toEqual([occurrence])
})

test('what a program would change is told by it', async () => {
  const text = PROGRAM.replace('customer.bucket >= 50,', 'customer.bucket >= 0, counts: history,').replace(
    'id: control',
    'id: all',
  )
  const [before, after] = [PROGRAM, text].map((each) => parseProgram('p', each, 'v'))
  const { effects } = await dryRun(pipeline.database, before!, after!, Number.NEGATIVE_INFINITY)
  expect(effects).toContainEqual(
    expect.objectContaining({ rule: 'all', gaining: 2, awardsGiven: 6, amount: 120_000 }),
  )
})

test('of two who turn out to be one, both histories are those of the root', async () => {
  await pipeline.run(
    recharge({
      customer_id: inControl,
      customer_ids: [inTrial],
      event_id: 'link',
      timestamp: ago(1),
      value: 5,
    }),
  )
  const rules = await rulesOf(inControl)
  expect(new Set(rules.filter((rule) => rule !== 'points'))).toEqual(new Set(['trial']))
  expect(rules.filter((rule) => rule === 'trial')).toHaveLength(7)
  expect(await rulesOf(inTrial)).toEqual(rules)
  expect(await drift(pipeline)).toEqual([])
})

test('who is linked to an excluded id has earned nothing, and what was given is taken back', async () => {
  const event = (customer_id: string, event_id: string, more: object = {}) =>
    recharge({ customer_id, event_id, timestamp: ago(1), value: 20, ...more })
  await pipeline.run(event('y-1', 'y'), event('z-1', 'z'))
  expect([await rulesOf('y-1'), await rulesOf('z-1')]).toEqual([[expect.any(String)], []])
  await pipeline.run(event('y-1', 'y-z', { customer_ids: ['z-2'] }))
  const { live, ledger } = await storedCustomer(pipeline, 'y-1')
  expect([live, ledger]).toEqual([[], { points: 0 }])
  expect(await drift(pipeline)).toEqual([])
})

test('a past is settled by it', async () => {
  const before = await storedCustomer(pipeline, inTrial)
  await setHorizon(pipeline, Date.parse(ago(2, 0)), Date.now())
  expect(await settle(pipeline)).toBeGreaterThan(0)
  const after = await storedCustomer(pipeline, inTrial)
  expect([after.ledger, after.live]).toEqual([before.ledger, before.live])
  expect(await drift(pipeline)).toEqual([])
})
