import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gamifyBatch, gamifyWaiting } from '#pipeline/gamification.ts'
import { record } from '#pipeline/normalization.ts'
import { scoreBatch, scoreWaiting } from '#pipeline/scoring.ts'
import { awardsOf } from '#store/awards.ts'
import { claimBatch } from '#store/batches.ts'
import { standingsOf } from '#store/standings.ts'
import { customerStates } from '#store/states.ts'
import { findSubjects } from '#store/subjects.ts'
import { inTransaction } from '#store/transaction.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline()
})
afterAll(() => pipeline.close())

async function numberOf(value: string): Promise<number> {
  const found = await findSubjects(pipeline.database.sql, [{ kind: 'other', value }])
  return found.get(`other:${value}`)!.customerId
}

async function stateOf(value: string) {
  const { sql } = pipeline.database
  const customer = await numberOf(value)
  const states = await customerStates(sql, customer)
  const awards = await awardsOf(sql, [customer])
  const standings = await standingsOf(sql, [customer])
  const [ledger] = await sql<[{ sum: number }]>`
    select coalesce(sum(amount), 0)::bigint as sum from ledger where customer_id = ${customer}`
  return {
    game: states!.game,
    scores: states!.scores,
    live: awards
      .filter(({ live }) => live)
      .map(({ rule, occurrence, amount, at, identity }) => ({ rule, occurrence, amount, at, identity }))
      .toSorted((a, b) => (a.rule + a.occurrence < b.rule + b.occurrence ? -1 : 1)),
    standings: standings
      .filter(({ total }) => total !== 0)
      .map(({ board, period, total, at, identity }) => ({ board, period, total, at, identity }))
      .toSorted((a, b) => (a.board + a.period < b.board + b.period ? -1 : 1)),
    ledger: ledger.sum,
  }
}

/** A history that touches a cap, a streak, a mission and two weeks. */
function history(customer: string): Record<string, unknown>[] {
  const at = (day: number, hour: number) =>
    `2026-11-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00Z`
  return [
    recharge({ customer_id: customer, timestamp: at(10, 3), value: 600, event_id: `${customer}-1` }),
    recharge({ customer_id: customer, timestamp: at(10, 4), value: 700, event_id: `${customer}-2` }),
    recharge({ customer_id: customer, timestamp: at(17, 4), value: 55.5, event_id: `${customer}-3` }),
    ...[10, 11, 12].map((day) =>
      recharge({
        customer_id: customer,
        timestamp: at(day, 5),
        event_type: 'app_login',
        event_id: `${customer}-l${day}`,
      }),
    ),
    recharge({
      customer_id: customer,
      timestamp: at(12, 6),
      event_type: 'data_usage',
      value: 3000,
      event_id: `${customer}-d1`,
    }),
    recharge({
      customer_id: customer,
      timestamp: at(13, 6),
      event_type: 'data_usage',
      value: 2120,
      event_id: `${customer}-d2`,
    }),
    recharge({
      customer_id: customer,
      timestamp: at(13, 7),
      event_type: 'kyc_update',
      event_id: `${customer}-k`,
    }),
  ]
}

/** The same customer's name is part of ids: with it taken out, two customers' states can be compared. */
function shape({ game, scores, live, standings, ledger }: Awaited<ReturnType<typeof stateOf>>) {
  return {
    wallets: game.wallets,
    rules: game.rules,
    boards: Object.entries(game.boards).map(([id, { period, total, at }]) => ({ id, period, total, at })),
    events: game.events,
    scores,
    live: live
      .map(({ rule, amount, at }) => ({ rule, amount, at }))
      .toSorted((a, b) => a.at - b.at || (a.rule < b.rule ? -1 : 1)),
    standings: standings.map(({ board, period, total, at }) => ({ board, period, total, at })),
    ledger,
  }
}

describe('the order of arrival does not matter', () => {
  test('in order, backwards, one by one and all at once end the same', async () => {
    await pipeline.run(...history('all-at-once'))
    for (const event of history('one-by-one')) await pipeline.run(event)
    for (const event of history('backwards').toReversed()) await pipeline.run(event)
    const expected = shape(await stateOf('all-at-once'))
    expect(expected.ledger).toBe(2_550_000)
    expect(shape(await stateOf('one-by-one'))).toEqual(expected)
    expect(shape(await stateOf('backwards'))).toEqual(expected)
  })

  test('a late recharge takes its share of the cap; the ledger is told the difference', async () => {
    await pipeline.run(
      recharge({ customer_id: 'late', timestamp: '2026-11-20T08:00:00Z', value: 800, event_id: 'late-2' }),
    )
    await pipeline.run(
      recharge({ customer_id: 'late', timestamp: '2026-11-20T07:00:00Z', value: 600, event_id: 'late-1' }),
    )
    const { live, ledger } = await stateOf('late')
    expect(
      live
        .filter(({ rule }) => rule === 'recharge-points')
        .map(({ amount }) => amount)
        .toSorted(),
    ).toEqual([400_000, 600_000])
    expect(ledger).toBe(1_000_000)
    const { sql } = pipeline.database
    const entries = await sql<{ amount: number }[]>`
      select amount from ledger where customer_id = ${await numberOf('late')} order by id`
    expect(entries.map(({ amount }) => amount)).toEqual([800_000, -400_000, 600_000])
  })

  test('many batches of one customer at once end the same', async () => {
    const batches = await Promise.all(
      history('at-once').map(async (event) => {
        return (await record(pipeline.database, pipeline.sources, pipeline.recording(event), false)).batch
      }),
    )
    await Promise.all(
      batches.flatMap((batch) => [
        scoreBatch(pipeline.database, pipeline.programs, batch),
        gamifyBatch(pipeline.database, pipeline.programs, batch),
        gamifyBatch(pipeline.database, pipeline.programs, batch),
        scoreBatch(pipeline.database, pipeline.programs, batch),
      ]),
    )
    expect(shape(await stateOf('at-once'))).toEqual(shape(await stateOf('all-at-once')))
  })
})

test('a stage that is done with a batch does nothing again', async () => {
  const { batch } = await pipeline.run(recharge({ customer_id: 'once' }))
  const before = await stateOf('once')
  expect(await scoreBatch(pipeline.database, pipeline.programs, batch)).toBeUndefined()
  expect(await gamifyBatch(pipeline.database, pipeline.programs, batch)).toBeUndefined()
  expect(await stateOf('once')).toEqual(before)
})

describe('batches that wait', () => {
  const waiting = async (customer: string) => {
    const batches: number[] = []
    for (const event of history(customer)) {
      const { batch } = await record(pipeline.database, pipeline.sources, pipeline.recording(event), false)
      batches.push(batch)
    }
    return batches
  }

  test('are gamified and scored with the first of them, and end as one by one', async () => {
    const batches = await waiting('waited')
    const gamified = await gamifyWaiting(pipeline.database, pipeline.programs, batches[0]!)
    const scored = await scoreWaiting(pipeline.database, pipeline.programs, batches[0]!)
    expect(gamified).toMatchObject({ batches, failed: false })
    expect(gamified!.arrivals).toHaveLength(batches.length)
    expect(scored).toEqual({ batches, events: batches.length })
    expect(shape(await stateOf('waited'))).toEqual(shape(await stateOf('all-at-once')))
    for (const batch of batches)
      expect(await gamifyWaiting(pipeline.database, pipeline.programs, batch)).toBeUndefined()
  })

  test('are left to the worker that has them in hand; a job is done when its own batch is', async () => {
    const [first, second, ...rest] = await waiting('in-hand')
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let claimed = () => {}
    const holding = new Promise<void>((resolve) => {
      claimed = resolve
    })
    const other = inTransaction(pipeline.database, async (sql) => {
      await claimBatch(sql, first!, 'gamification')
      claimed()
      await held
    })
    await holding
    const gamified = await gamifyWaiting(pipeline.database, pipeline.programs, first!)
    expect(gamified!.batches).toEqual([second, ...rest])
    const own = gamifyWaiting(pipeline.database, pipeline.programs, first!)
    letGo()
    await other
    expect((await own)!.batches).toEqual([first])
    expect(shape(await stateOf('in-hand')).ledger).toBe(shape(await stateOf('all-at-once')).ledger)
  })
})
