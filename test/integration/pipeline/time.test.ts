import { afterAll, beforeAll, expect, test } from 'vitest'
import { advanceDue } from '#pipeline/advancement.ts'
import { audit } from '#pipeline/audit.ts'
import { erase } from '#pipeline/erasure.ts'
import { gamifyBatch } from '#pipeline/gamification.ts'
import { record } from '#pipeline/normalization.ts'
import { setHorizon, settle, settleCustomer } from '#pipeline/retention.ts'
import { scoreBatch } from '#pipeline/scoring.ts'
import { watermark } from '#store/batches.ts'
import { lockGames } from '#store/states.ts'
import { inTransaction } from '#store/transaction.ts'
import { drift, storedCustomer } from '../../support/customer.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

const PROGRAM = `
program: p
zone: UTC
wallets: [{ id: points, expiresAfterDays: 3 }]
scores:
  - { id: recency, kind: recency, on: recharge, steps: [{ atMost: 2, score: 2 }, { score: 1 }], bands: [{ from: 2, name: fresh }, { from: 0, name: gone }] }
attributes:
  - { id: city, on: recharge, when: has(event.metadata.city), type: string, value: event.metadata.city }
points:
  - { id: now, on: recharge, amount: event.value, wallet: points }
  - { id: later, on: recharge, amount: event.value, wallet: points, availableAfterDays: 2 }
badges:
  - { id: gone, kind: band, score: recency, band: gone }
missions:
  - { id: two, on: recharge, objective: { count: events, target: 2 }, window: day, tellMissed: true }
  - { id: towns, on: recharge, objective: { distinct: metadata.city, target: 3 }, window: once }
leaderboards:
  - { id: all-time, wallet: points, period: all }
aliases:
  - { id: nickname, on: recharge, alias: event.metadata.nickname }
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

test('what time alone brings about is there without an event, and is corrected by a late one', async () => {
  await pipeline.run(recharge({ customer_id: 't', event_id: 't-1', timestamp: ago(9), value: 10 }))
  expect((await storedCustomer(pipeline, 't')).live).toEqual([
    expect.stringMatching(/^later\//),
    expect.stringMatching(/^now\//),
  ])
  expect(await advanceDue(pipeline)).toBe(1)
  expect(await advanceDue(pipeline)).toBe(0)
  const customer = await storedCustomer(pipeline, 't')
  expect(customer.live.filter((award) => !/^(now|later)\//.test(award))).toEqual([
    `gone/${dayOf(6)}`,
    `points/expired/${dayOf(6)}`,
    `points/expired/${dayOf(4)}`,
    `points/matured/${dayOf(7)}`,
    `two/${dayOf(9)}`,
  ])
  expect(customer.game).toMatchObject({
    due: null,
    wallets: { points: { balance: 0, expired: 200_000, pending: 0 } },
  })
  expect(customer.ledger).toEqual({ points: 0 })
  expect(await drift(pipeline)).toEqual([])
  // The mission was not missed after all, and what was earned expires, too.
  await pipeline.run(recharge({ customer_id: 't', event_id: 't-2', timestamp: ago(9, 7), value: 5 }))
  const corrected = await storedCustomer(pipeline, 't')
  expect(corrected.awards.find(({ rule }) => rule === 'two')).toMatchObject({ kind: 'mission', revision: 2 })
  expect(corrected.game.wallets.points).toMatchObject({ earned: 300_000, expired: 300_000, balance: 0 })
  expect(await drift(pipeline)).toEqual([])
})

test('time does not pass beyond what is still on its way', async () => {
  const { database, programs, sources } = pipeline
  const { batch } = await record(database, sources, pipeline.recording(recharge({ customer_id: 'w' })), false)
  const mark = await watermark(database.sql, 60_000)
  expect(mark).toBeLessThanOrEqual(Date.now())
  const [row] = await database.sql`select reached_at from batches where id = ${batch}`
  expect(mark).toBe(Date.parse(String(row!.reached_at)))
  await scoreBatch(database, programs, batch)
  await gamifyBatch(database, programs, batch)
  expect(await watermark(database.sql, 60_000)).toBeGreaterThan(mark)
  // A partition that is read far behind its end holds time back as well.
  await database.sql`update batches set reached_at = recorded_at - interval '3 hours' where id = ${batch}`
  const [late] = await database.sql`select reached_at from batches where id = ${batch}`
  expect(await watermark(database.sql, 60_000)).toBe(Date.parse(String(late!.reached_at)))
  await database.sql`update batches set reached_at = recorded_at where id = ${batch}`
})

test('time waits where a backlog stands, however new its messages are', async () => {
  const { database, programs, sources } = pipeline
  const bring = async (isBehind: boolean, ...values: readonly unknown[]) => {
    const recording = { ...pipeline.recording(...values), isBehind }
    const { batch } = await record(database, sources, recording, false)
    const before = await watermark(database.sql, 60_000)
    await scoreBatch(database, programs, batch)
    await gamifyBatch(database, programs, batch)
    return before
  }
  const old = (day: number) => recharge({ customer_id: 'b', timestamp: ago(day, 7), value: 5 })
  // A late event and one of a clock that is wrong tell nothing.
  expect(await bring(true, old(90), old(9), old(8), old(7), old(0))).toBe(Date.parse(ago(8, 7)))
  expect(await watermark(database.sql, 60_000)).toBe(Date.parse(ago(8, 7)))
  // Nor do messages that are no events.
  await bring(true, 'no event')
  expect(await watermark(database.sql, 60_000)).toBe(Date.parse(ago(8, 7)))
  // The end of it: what comes late from now on holds nothing up.
  await bring(false, old(5), old(6))
  expect(await watermark(database.sql, 60_000)).toBeGreaterThan(Date.now() - 60_000)
})

test('the audit names what is not as the events have it', async () => {
  const { database, programs } = pipeline
  await pipeline.run(
    recharge({ customer_id: 'tampered', event_id: 'tampered-1', timestamp: ago(1), value: 7 }),
  )
  const { customerId } = await storedCustomer(pipeline, 'tampered')
  await database.sql`update ledger set amount = amount + 1 where customer_id = ${customerId}`
  await database.sql`update awards set live = false where customer_id = ${customerId} and rule = 'later'`
  const { differences } = await audit({ database, programs }, [customerId])
  expect(differences.map(({ what }) => what)).toEqual([
    expect.stringMatching(/^award later\//),
    'balance points',
  ])
  await database.sql`update ledger set amount = amount - 1 where customer_id = ${customerId}`
  await database.sql`update awards set live = true where customer_id = ${customerId}`
  expect(await drift(pipeline)).toEqual([])
})

test('a settled past is folded no more: what came of it stays, its events go, and older ones are refused', async () => {
  const { database } = pipeline
  const old = recharge({ customer_id: 'r', event_id: 'r-1', timestamp: ago(20), value: 10 })
  await pipeline.run(old, recharge({ customer_id: 'r', event_id: 'r-2', timestamp: ago(2), value: 20 }))
  await pipeline.run(recharge({ customer_id: 'q', event_id: 'q-1', timestamp: ago(20), value: 10 }))
  await advanceDue(pipeline)
  const before = await storedCustomer(pipeline, 'r')
  await setHorizon(pipeline, Date.parse(ago(10, 0)), Date.now())
  expect(await settle(pipeline)).toBeGreaterThan(0)
  expect(await settle(pipeline)).toBe(0)
  const after = await storedCustomer(pipeline, 'r')
  expect({ ...after, awards: [] }).toEqual({ ...before, awards: [] })
  const events = await database.sql`
    select e.at from events e join subjects s on s.id = e.subject_id where s.value = 'r'`
  expect(events).toHaveLength(1)
  expect(await drift(pipeline)).toEqual([])

  const [late] = (await pipeline.run(old)).verdicts
  expect(late).toMatchObject({ status: 'failed', rejection: { code: 'TIMESTAMP_TOO_OLD' } })
  await pipeline.run(recharge({ customer_id: 'r', event_id: 'r-3', timestamp: ago(5), value: 30 }))
  expect((await storedCustomer(pipeline, 'r')).game.wallets.points).toMatchObject({ earned: 1_200_000 })
  expect(await drift(pipeline)).toEqual([])
  // Two settled pasts come together: what they hold is added, what they were given stays where it was.
  await pipeline.run(
    recharge({ customer_id: 'r', event_id: 'r-4', timestamp: ago(1), value: 1, customer_ids: ['q'] }),
  )
  expect(await drift(pipeline)).toEqual([])
  const joined = await storedCustomer(pipeline, 'q')
  expect(joined.subjects).toHaveLength(2)
  await expect(setHorizon(pipeline, Date.parse(ago(30, 0)), Date.now())).rejects.toThrow('never goes back')
})

test('customers can be joined while one is settled further than the other', async () => {
  const { database, programs } = pipeline
  const old = (id: string, days: number) =>
    recharge({ customer_id: id, event_id: `${id}-${days}`, timestamp: ago(days), value: 10 })
  await pipeline.run(
    old('far', 9),
    old('far', 7),
    old('far', 3),
    old('near', 9),
    old('near', 8),
    old('near', 2),
  )
  await advanceDue(pipeline)
  await setHorizon(pipeline, Date.parse(ago(6, 0)), Date.now())
  const far = await storedCustomer(pipeline, 'far')
  await inTransaction(database, async (sql) => {
    const program = await programs.of(sql)
    const game = (await lockGames(sql, [far.customerId])).get(far.customerId)!
    await settleCustomer(sql, program, far.customerId, game, Date.parse(ago(6, 0)))
  })
  expect(await drift(pipeline)).toEqual([])
  await pipeline.run(
    recharge({ customer_id: 'near', event_id: 'n-f', timestamp: ago(1), customer_ids: ['far'] }),
  )
  expect(await drift(pipeline)).toEqual([])
  const joined = await storedCustomer(pipeline, 'near')
  expect(joined.scores.types.recharge).toEqual(
    [
      [today - 9, 2, 200_000],
      [today - 8, 1, 100_000],
      [today - 7, 1, 100_000],
      [today - 3, 1, 100_000],
      [today - 2, 1, 100_000],
      [today - 1, 1, 1_000_000],
    ].flat(),
  )
  await settle(pipeline)
  expect(await drift(pipeline)).toEqual([])
})

test('who was erased is nobody, and what they had is there', async () => {
  const { database } = pipeline
  const event = recharge({
    customer_id: '+8801700000042',
    event_id: 'e-1',
    timestamp: ago(2),
    value: 10,
    metadata: { nickname: 'Rafi', city: 'Khulna' },
  })
  await pipeline.run(event, recharge({ customer_id: '01700000042', event_id: 'e-2', value: 'x' }))
  const before = await storedCustomer(pipeline, '+8801700000042')
  expect(before.game.rules.nickname).toMatchObject({ name: 'Rafi' })
  expect(await erase(pipeline, before.customerId)).toEqual({ subjects: 1, failures: 1 })
  await expect(storedCustomer(pipeline, '+8801700000042')).rejects.toThrow('no event of the phone number')
  const dump = JSON.stringify([
    await database.sql`select * from events`,
    await database.sql`select * from failures`,
    await database.sql`select * from subjects`,
    await database.sql`select * from awards`,
    await database.sql`select * from checkpoints`,
    await database.sql`select * from games`,
  ])
  expect(dump).not.toContain('1700000042')
  expect(dump).not.toContain('Rafi')
  expect(dump).not.toContain('Khulna')
  const { nickname: _, city, ...rules } = before.game.rules
  expect(rules.towns).toMatchObject({ progress: ['Khulna'] })
  expect(await storedCustomer(pipeline, `erased-${before.subjectId}`)).toMatchObject({
    game: { ...before.game, rules: { ...rules, towns: { ...(rules.towns as object), progress: ['0'] } } },
    ledger: before.ledger,
    live: before.live,
  })
  expect(city).toBe('Khulna')
  expect(await drift(pipeline)).toEqual([])
  const [again] = (await pipeline.run(event)).verdicts
  expect(again).toMatchObject({ status: 'duplicate' })
  await pipeline.run(
    recharge({ customer_id: '+8801700000042', event_id: 'e-3', timestamp: ago(1), value: 4 }),
  )
  expect((await storedCustomer(pipeline, '+8801700000042')).game.events).toBe(1)
  expect(await drift(pipeline)).toEqual([])
})
