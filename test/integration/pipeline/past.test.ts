import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { gamifyBatch } from '#pipeline/gamification.ts'
import { record } from '#pipeline/normalization.ts'
import { scoreBatch } from '#pipeline/scoring.ts'
import { inTransaction } from '#store/transaction.ts'
import { drift, storedCustomer } from '../../support/customer.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline()
})
afterAll(() => pipeline.close())
afterEach(async () => expect(await drift(pipeline)).toEqual([]))

const stored = (id: string) => storedCustomer(pipeline, id)

describe('a reversal', () => {
  const target = (id: string) => recharge({ customer_id: id, event_id: `${id}-1`, value: 300 })
  const reversal = (id: string, rest: object = {}) =>
    recharge({ customer_id: id, event_id: `${id}-r`, reverses: `${id}-1`, value: -300, ...rest })

  test.each([
    ['after its target', ['target', 'reversal']],
    ['before it', ['reversal', 'target']],
  ] as const)('that comes %s leaves nothing of it', async (name, order) => {
    const id = `reversed ${name}`
    const events = { target: target(id), reversal: reversal(id) }
    for (const each of order) await pipeline.run(events[each])
    const customer = await stored(id)
    expect(customer.live).toEqual([])
    expect(customer.ledger.points ?? 0).toBe(0)
    expect(customer.standings).toEqual([])
    expect(customer.scores).toEqual({ activity: [], types: {} })
  })

  test('in the same batch as its target leaves nothing of it', async () => {
    await pipeline.run(reversal('same batch'), target('same batch'))
    expect((await stored('same batch')).live).toEqual([])
  })

  test('frees the cap for what came after its target', async () => {
    const of = (event: string, hour: string, value: number) =>
      recharge({ customer_id: 'cap', event_id: event, timestamp: `2026-11-20T${hour}:00:00Z`, value })
    await pipeline.run(of('cap-1', '05', 800), of('cap-2', '06', 700))
    expect((await stored('cap')).ledger).toEqual({ points: 100 })
    await pipeline.run(recharge({ customer_id: 'cap', event_id: 'cap-r', reverses: 'cap-1' }))
    const { ledger, standings } = await stored('cap')
    expect(ledger).toEqual({ points: 70 })
    expect(standings).toEqual(['points-all all 70', 'points-week 2026-W47 70'])
  })

  test('is of its target’s customer, whoever it names itself', async () => {
    await pipeline.run(target('someone'))
    await pipeline.run(recharge({ customer_id: 'another', event_id: 'x-r', reverses: 'someone-1' }))
    expect((await stored('someone')).live).toEqual([])
  })

  test.each([
    ['scoring', 'scores', scoreBatch, gamifyBatch],
    ['gamification', 'games', gamifyBatch, scoreBatch],
  ] as const)(
    'that %s is done with while its target’s batch waits for a lock leaves nothing of it',
    async (name, table, stage, other) => {
      const { database, programs, sources } = pipeline
      const [first, id] = [`locked in ${name}`, `overtaken in ${name}`]
      await pipeline.run(recharge({ customer_id: first }))
      const waiting = await record(
        database,
        sources,
        pipeline.recording(recharge({ customer_id: first }), target(id)),
        false,
      )
      const { running, overtaking } = await inTransaction(database, async (sql) => {
        await sql`
          select 1 from ${sql(table)} t join subjects s using (customer_id) where s.value = ${first} for update of t`
        const running = stage(database, programs, waiting.batch)
        await vi.waitUntil(
          async () => (await database.sql`select 1 from pg_locks where not granted`).length > 0,
          10_000,
        )
        const overtaking = await record(database, sources, pipeline.recording(reversal(id)), false)
        await stage(database, programs, overtaking.batch)
        return { running, overtaking }
      })
      await running
      for (const { batch } of [waiting, overtaking]) await other(database, programs, batch)
      const customer = await stored(id)
      expect(customer.live).toEqual([])
      expect(customer.scores).toEqual({ activity: [], types: {} })
    },
  )

  test('of a reversal has no effect, and of another source’s event neither', async () => {
    await pipeline.run(target('twice'), reversal('twice'))
    await pipeline.run(recharge({ customer_id: 'twice', event_id: 'twice-rr', reverses: 'twice-r' }))
    expect((await stored('twice')).live).toEqual([])
    await pipeline.run(target('other source'))
    await pipeline.run(reversal('other source', { source: 'crm' }))
    expect((await stored('other source')).ledger).toEqual({ points: 30 })
  })
})

describe('two ids of one customer', () => {
  const login = (id: string, day: number, rest: object = {}) =>
    recharge({
      customer_id: id,
      event_type: 'app_login',
      event_id: `${id}-${day}`,
      timestamp: `2026-11-${10 + day}T06:00:00Z`,
      ...rest,
    })

  test('each with a history, come together under the smaller one', async () => {
    await pipeline.run(login('b-id', 0), login('b-id', 2), recharge({ customer_id: 'b-id', value: 400 }))
    await pipeline.run(login('a-id', 1), recharge({ customer_id: 'a-id', value: 300 }))
    expect((await stored('b-id')).live).not.toContain('login-streak/1')
    await pipeline.run(login('b-id', 5, { customer_ids: ['a-id'] }))
    const customer = await stored('b-id')
    expect(customer.subjects.map(({ value }) => value)).toEqual(['a-id', 'b-id'])
    expect(customer.customerId).toBe((await stored('a-id')).customerId)
    expect(customer.live).toContain('login-streak/1')
    expect(customer.live.filter((award) => award.startsWith('first-recharge'))).toHaveLength(1)
    expect(customer.ledger).toEqual({ points: 70 })
    expect(customer.standings).toEqual(['points-all all 70', 'points-week 2026-W47 70'])
    const member =
      customer.customerId === customer.subjectId ? (await stored('a-id')).subjectId : customer.subjectId
    const [sum] = await pipeline.database.sql`
      select coalesce(sum(amount), 0)::int as sum from ledger where customer_id = ${member}`
    expect(sum).toEqual({ sum: 0 })
  })

  test('in a chain, whatever links come first', async () => {
    const link = (from: string, to: string) =>
      recharge({ customer_id: from, customer_ids: [to], event_id: `${from}-${to}`, event_type: 'kyc_update' })
    await pipeline.run(
      recharge({ customer_id: 'c3', value: 100 }),
      recharge({ customer_id: 'c1', value: 200 }),
    )
    await pipeline.run(link('c3', 'c4'))
    await pipeline.run(link('c1', 'c2'))
    await pipeline.run(link('c4', 'c2'), recharge({ customer_id: 'c2', value: 300 }))
    const customer = await stored('c3')
    expect(customer.subjects.map(({ value }) => value)).toEqual(['c1', 'c2', 'c3', 'c4'])
    expect(customer.ledger).toEqual({ points: 160 })
  })

  test('whose link’s stages run late, or in the other order, end the same', async () => {
    const { database, programs, sources } = pipeline
    const recordOnly = async (...events: object[]) =>
      (await record(database, sources, pipeline.recording(...events), false)).batch
    await pipeline.run(
      recharge({ customer_id: 'l1', value: 100 }),
      recharge({ customer_id: 'l2', value: 100 }),
    )
    const batches = [
      await recordOnly(recharge({ customer_id: 'l2', customer_ids: ['l1'], value: 50, event_id: 'l-link' })),
      await recordOnly(
        recharge({ customer_id: 'l3', customer_ids: ['l2'], value: 50, event_id: 'l-link-2' }),
      ),
      await recordOnly(recharge({ customer_id: 'l2', value: 60, event_id: 'l-after' })),
    ]
    for (const batch of batches.toReversed()) await gamifyBatch(database, programs, batch)
    await Promise.all(batches.map((batch) => scoreBatch(database, programs, batch)))
    const { ledger, scores } = await stored('l3')
    expect(ledger).toEqual({ points: 36 })
    expect(scores.types.recharge).toEqual([20777, 5, 3_600_000])
  })

  test('that are linked while a stage is between them: an event that fails for both is one failure', async () => {
    const own = await openPipeline(`
program: p
zone: UTC
wallets: [points]
points: [{ id: bonus, on: app_login, amount: double(event.metadata.bonus), wallet: points }]`)
    const { database, programs, sources } = own
    const { sql } = database
    const bonus = { metadata: { bonus: 1 } }
    const recordOnly = async (...events: object[]) =>
      (await record(database, sources, own.recording(...events), false)).batch
    await own.run(login('one', 5, bonus), login('two', 5, bonus))
    const { customerId } = await storedCustomer(own, 'one')
    // A late event of the one, who is folded again, and one of the other that fails.
    const batch = await recordOnly(login('one', 3, bonus), login('two', 6))
    let release = () => {}
    const holding = sql.begin(async (holder) => {
      await holder`select 1 from games where customer_id = ${customerId} for update`
      await new Promise<void>((resolve) => {
        release = resolve
      })
    })
    const gamified = gamifyBatch(database, programs, batch)
    await vi.waitFor(async () => {
      const waiting = await sql`
        select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      expect(waiting).toHaveLength(1)
    })
    const link = await recordOnly(login('one', 7, { ...bonus, customer_ids: ['two'] }))
    release()
    await Promise.all([holding, gamified])
    await gamifyBatch(database, programs, link)
    for (const each of [batch, link]) await scoreBatch(database, programs, each)
    expect(await sql`select state, customer from failures`).toEqual([{ state: 'open', customer: 'two' }])
    expect((await storedCustomer(own, 'two')).ledger).toEqual({ points: 4 })
    expect(await drift(own)).toEqual([])
    await own.close()
  })

  test('that a duplicate names are not linked: the first stays', async () => {
    const event = recharge({ customer_id: 'dup-a', event_id: 'dup' })
    await pipeline.run(event, recharge({ customer_id: 'dup-b' }))
    await pipeline.run({ ...event, customer_ids: ['dup-b'] })
    expect((await stored('dup-a')).subjects).toHaveLength(1)
  })
})

describe('checkpoints', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 9, 1) + minute * 3_600_000).toISOString()
  const every = (interval: number, events: number) =>
    Array.from({ length: Math.floor(events / interval) }, (_, i) => (i + 1) * interval)
  const event = (minute: number) =>
    recharge({ customer_id: 'long', event_id: `long-${minute}`, timestamp: at(minute), value: 20 })

  test('are kept along a long history, and replaced after a late event', async () => {
    for (let i = 0; i < 200; i += 50) {
      await pipeline.run(...Array.from({ length: 50 }, (_, k) => event(2 * (i + k))))
    }
    const before = await stored('long')
    expect(before.checkpoints.map(({ events }) => events)).toEqual(every(16, 200))
    await pipeline.run(event(301))
    const after = await stored('long')
    expect(after.checkpoints.map(({ events }) => events)).toEqual(every(16, 201))
    // The late event is the 152nd: nine checkpoints lie before it.
    expect(after.checkpoints.slice(0, 9)).toEqual(before.checkpoints.slice(0, 9))
    expect(after.checkpoints[9]).not.toEqual(before.checkpoints[9])
    expect(after.game.events).toBe(201)
  })
})
