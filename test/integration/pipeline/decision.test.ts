import { afterAll, beforeAll, expect, test } from 'vitest'
import { BUCKET } from '#domain/bucket.ts'
import { type Decision, decide } from '#pipeline/decision.ts'
import { drift, storedCustomer } from '../../support/customer.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline()
})
afterAll(() => pipeline.close())

async function decided(id: string, decision: Partial<Decision>, now = Date.now()) {
  const customer = await storedCustomer(pipeline, id)
  const whole: Decision = {
    kind: 'spend',
    wallet: 'points',
    amount: 0,
    key: 'k',
    reason: 'r',
    by: 'me',
    ...decision,
  }
  return decide(pipeline.database, pipeline.programs, customer, whole, now)
}

const points = async (id: string) => (await storedCustomer(pipeline, id)).game.wallets.points

test('a spend is accepted once under its key, and refused where the balance does not cover it', async () => {
  await pipeline.run(recharge({ customer_id: 's', value: 500 }))
  const spend = { amount: 300_000, key: 'order-1' }
  expect(await decided('s', spend)).toMatchObject({ accepted: true, balance: 200_000, again: false })
  expect(await decided('s', spend)).toMatchObject({ accepted: true, balance: 200_000, again: true })
  const more = { amount: 300_000, key: 'order-2' }
  expect(await decided('s', more)).toMatchObject({ accepted: false, balance: 200_000 })
  await pipeline.run(recharge({ customer_id: 's', timestamp: '2026-11-21T06:00:00Z', value: 500 }))
  // What was refused stays refused under its key, whatever the balance is by now.
  expect(await decided('s', more)).toMatchObject({ accepted: false, again: true })
  await expect(decided('s', { ...spend, amount: 1 })).rejects.toThrow('is of another decision')
  await expect(decided('s', { ...spend, wallet: 'gold' })).rejects.toThrow(
    'There is no wallet gold; there are points',
  )
  expect(await points('s')).toMatchObject({ balance: 700_000, earned: 1_000_000, spent: 300_000 })
  const { standings, scores } = await storedCustomer(pipeline, 's')
  expect(standings).toContain('points-all all 100')
  expect(scores.activity.filter((_, i) => i % BUCKET === 1)).toEqual([1, 1])
  expect(await drift(pipeline)).toEqual([])
})

test('a late reversal leaves a debt, and later earnings repay it', async () => {
  await pipeline.run(recharge({ customer_id: 'd', event_id: 'd-1', value: 500 }))
  await decided('d', { amount: 400_000, key: 'd-spend' })
  await pipeline.run(recharge({ customer_id: 'd', event_id: 'd-r', reverses: 'd-1' }))
  expect(await points('d')).toMatchObject({ balance: -400_000, earned: 0, spent: 400_000 })
  expect(await decided('d', { amount: 1, key: 'd-2' })).toMatchObject({ accepted: false })
  await pipeline.run(recharge({ customer_id: 'd', timestamp: '2026-11-22T06:00:00Z', value: 600 }))
  expect(await points('d')).toMatchObject({ balance: 200_000, earned: 600_000 })
  expect((await storedCustomer(pipeline, 'd')).ledger).toEqual({ points: 20 })
  expect(await drift(pipeline)).toEqual([])
})

test('an adjustment gives and takes, with its reason; what was earned stays', async () => {
  await pipeline.run(recharge({ customer_id: 'a', value: 100 }))
  const gift = { kind: 'adjust', amount: 55_000, key: 'a-1', reason: 'sorry for the outage' } as const
  expect(await decided('a', gift)).toMatchObject({ accepted: true, balance: 155_000 })
  expect(await decided('a', { ...gift, amount: -200_000, key: 'a-2' })).toMatchObject({ balance: -45_000 })
  expect(await points('a')).toMatchObject({ balance: -45_000, earned: 100_000, adjusted: -145_000 })
  const { awards } = await storedCustomer(pipeline, 'a')
  expect(awards.filter(({ kind }) => kind === 'adjusted').map(({ receipt }) => receipt)).toContainEqual(
    expect.objectContaining({ reason: 'sorry for the outage', by: 'me' }),
  )
  expect(await drift(pipeline)).toEqual([])
})

test('spends at once never take more than there is', async () => {
  await pipeline.run(recharge({ customer_id: 'once', value: 500 }))
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, i) => decided('once', { amount: 100_000, key: `once-${i}` })),
  )
  expect(all.filter(({ accepted }) => accepted)).toHaveLength(5)
  expect(await points('once')).toMatchObject({ balance: 0, spent: 500_000 })
  expect(await drift(pipeline)).toEqual([])
})
