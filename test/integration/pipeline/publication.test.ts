import { afterAll, beforeAll, expect, test } from 'vitest'
import { LaurelError } from '#domain/error.ts'
import { parseProgram } from '#domain/program.ts'
import { gamifyBatch } from '#pipeline/gamification.ts'
import { ensureRefolds, refoldHistory } from '#pipeline/history.ts'
import { record } from '#pipeline/normalization.ts'
import { dryRun, history, publish } from '#pipeline/publication.ts'
import { scoreBatch } from '#pipeline/scoring.ts'
import { openRefolds, type Refold, refoldOf } from '#store/programs.ts'
import { drift, storedCustomer } from '../../support/customer.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

const HEAD = 'program: p\nzone: UTC\nwallets: [points]\npoints:\n'
const FLAT = "  - { id: flat, on: recharge, amount: '1.0', wallet: points }\n"
const HISTORY = "  - { id: always, on: recharge, amount: '10.0', wallet: points, counts: history }\n"
const BOARD = 'leaderboards:\n  - { id: all-time, wallet: points, period: all }\n'

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline(HEAD + FLAT)
})
afterAll(() => pipeline.close())

const day = 86_400_000
const iso = (instant: number) => new Date(instant).toISOString()

async function finish(version: number, progress: (refold: Refold) => Promise<void> = async () => {}) {
  return refoldHistory(pipeline, version, progress)
}

test('a new version is picked up by whoever works, and counts from when it says', async () => {
  const now = Date.now()
  await pipeline.run(recharge({ customer_id: 'a', timestamp: iso(now - day) }))
  // This one lies ahead, and is folded before the rule is published that it is in force for.
  await pipeline.run(recharge({ customer_id: 'ahead', timestamp: iso(now + 10 * 3_600_000) }))
  const soon = `  - { id: soon, on: recharge, amount: '100.0', wallet: points, from: '${iso(now + 3_600_000)}' }\n`
  const { version, publication } = await publish(pipeline.database, HEAD + FLAT + soon, 'me', now)
  expect([version, publication.added.map(({ id }) => id)]).toEqual([2, ['soon']])
  await finish(2)
  expect((await storedCustomer(pipeline, 'ahead')).ledger).toEqual({ points: 101 })
  await pipeline.run(recharge({ customer_id: 'a', timestamp: iso(now) }))
  await pipeline.run(recharge({ customer_id: 'a', timestamp: iso(now + 2 * 3_600_000) }))
  expect((await storedCustomer(pipeline, 'a')).ledger).toEqual({ points: 103 })
  expect(await drift(pipeline)).toEqual([])
})

test('the same text again is no new version, and a changed meaning is refused', async () => {
  const { text } = (await history(pipeline.database)).at(-1)!
  expect(await publish(pipeline.database, text, 'me', Date.now())).toMatchObject({ version: 2, isNew: false })
  const changed = text.replace("amount: '1.0'", "amount: '2.0'")
  await expect(publish(pipeline.database, changed, 'me', Date.now())).rejects.toThrow(
    /flat \(points\) was published and keeps its meaning: close it with until/,
  )
  await expect(publish(pipeline.database, HEAD + FLAT, 'me', Date.now())).rejects.toBeInstanceOf(LaurelError)
  expect((await history(pipeline.database)).map(({ version }) => version)).toEqual([1, 2])
})

test('a rule that counts history shows what it changes first, and then does it, going on where it stopped', async () => {
  const { database, programs, queues } = pipeline
  await pipeline.run(...Array.from({ length: 250 }, (_, i) => recharge({ customer_id: `many-${i}` })))
  const { text } = (await history(database)).at(-1)!
  const before = await programs.of(database.sql)
  const next = text + HISTORY + BOARD
  const effect = await dryRun(database, before, parseProgram('next', next, 'next'), Number.NEGATIVE_INFINITY)
  expect(effect).toMatchObject({ customers: 252, changed: 252 })
  expect(effect.effects).toEqual([
    { rule: 'always', gaining: 252, losing: 0, awardsGiven: 254, awardsTaken: 0, amount: 25_400_000 },
  ])
  expect((await storedCustomer(pipeline, 'many-7')).ledger).toEqual({ points: 1 })

  await publish(database, next, 'me', Date.now())
  expect(await ensureRefolds(pipeline)).toBe(1)
  expect(await ensureRefolds(pipeline)).toBe(0)
  expect(await queues.maintenance.getJobState('refold-3')).toBe('waiting')
  await expect(
    finish(3, async ({ done }) => {
      if (done >= 100) throw new Error('the process ends here')
    }),
  ).rejects.toThrow('the process ends here')
  expect(await refoldOf(database.sql, 3)).toMatchObject({ done: 100, finished: false })
  const seen: number[] = []
  expect(await finish(3, async ({ done }) => void seen.push(done))).toMatchObject({
    changed: 252,
    finished: true,
  })
  expect(seen).toEqual([200, 252])
  expect(await openRefolds(database.sql)).toEqual([])
  const customer = await storedCustomer(pipeline, 'many-7')
  expect(customer.ledger).toEqual({ points: 11 })
  expect(customer.standings).toEqual(['all-time all 11'])
  const top = await pipeline.leaderboards.rank('all-time', 'all', customer.customerId)
  expect(top).toMatchObject({ total: 110_000 })
  expect(await drift(pipeline)).toEqual([])
})

test('a publication waits for stages that apply the version before, and they for it', async () => {
  const { database, programs, sources } = pipeline
  const { text } = (await history(database)).at(-1)!
  const recordings = Array.from({ length: 12 }, (_, i) =>
    pipeline.recording(
      ...Array.from({ length: 20 }, (_, k) => recharge({ customer_id: `busy-${(i + k) % 7}` })),
    ),
  )
  const batches = await Promise.all(recordings.map((each) => record(database, sources, each, false)))
  const running = batches.map(({ batch }) => gamifyBatch(database, programs, batch))
  const more = "  - { id: more, on: recharge, amount: '5.0', wallet: points, counts: history }\n"
  const { version } = await publish(database, text.replace(BOARD, more + BOARD), 'me', Date.now())
  await Promise.all(running)
  for (const { batch } of batches) await scoreBatch(database, programs, batch)
  await finish(version)
  expect(await drift(pipeline)).toEqual([])
})
