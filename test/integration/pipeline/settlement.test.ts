import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, inject, test } from 'vitest'
import { rebuildLeaderboards } from '#pipeline/leaderboards.ts'
import { record } from '#pipeline/normalization.ts'
import { settleDue } from '#pipeline/settlement.ts'
import { runLeaderboards } from '#pipeline/stages.ts'
import { placesOf, planSettlements, settlementOf } from '#store/settlements.ts'
import { drift, storedCustomer } from '../../support/customer.ts'
import { openPipeline, type TestPipeline } from '../../support/pipeline.ts'

const SETTLING = new URL('../../support/settling.ts', import.meta.url)
const DAY = 86_400_000
const today = Math.floor(Date.now() / DAY)
const dayOf = (ago: number) => new Date((today - ago) * DAY).toISOString().slice(0, 10)
/** The day that is settled. */
const PERIOD = dayOf(3)
const START = (today - 3) * DAY

const program = (challenges: string) => `
program: p
zone: UTC
wallets: [points, gold]
leaderboards:
  - { id: plays, sum: value, on: play, period: day, graceHours: 0 }
  - { id: slow, sum: value, on: play, period: day, graceHours: 96 }
challenges:
${challenges}`

const FIRST = `  - id: first-three
    on: shot
    when: event.value >= 50.0
    from: ${PERIOD}T00:00
    until: ${PERIOD}T00:00:00.201
    winners: 3
    reward: { wallet: points, amount: 100 }
    budget: 250
    graceHours: 0
  - { id: shots, on: shot, winners: 2, each: repeat, until: ${PERIOD}T12:00, reward: { wallet: gold, amount: 1 }, graceHours: 0 }
  - { id: later, on: shot, winners: 1, until: ${PERIOD}T12:00, reward: { wallet: gold, amount: 1 }, graceHours: 96 }`

const CHAMPIONS = `  - id: champions
    board: plays
    from: ${PERIOD}T00:00
    prizes:
      - { ranks: [1, 1], reward: { wallet: points, amount: 50 } }
      - { ranks: [2, 3], reward: { wallet: gold, amount: 20 } }
    budget: 85
  - { id: next, board: plays, from: ${PERIOD}T00:01, prizes: [{ ranks: [1, 1], reward: { wallet: gold, amount: 1 } }] }
  - { id: over, board: plays, until: ${PERIOD}T23:59, prizes: [{ ranks: [1, 1], reward: { wallet: gold, amount: 1 } }] }`

let pipeline: TestPipeline
const open = async (challenges: string) => {
  pipeline = await openPipeline(program(challenges))
  await rebuildLeaderboards(pipeline)
}
afterEach(() => pipeline.close())

/** An event so many ms into the day. */
const did = (type: string, customer_id: string, ms: number, value: number, fields: object = {}) => {
  const timestamp = new Date(START + ms).toISOString()
  const event_id = `${type} ${customer_id} ${ms}`
  return { event_id, customer_id, event_type: type, timestamp, value, ...fields }
}

async function told(...values: readonly object[]): Promise<number> {
  const { batch } = await pipeline.run(...values)
  await runLeaderboards(pipeline, { batches: [batch] })
  return batch
}

/** `rank customer prize` of each place. */
async function places(of: string, period = PERIOD): Promise<readonly string[]> {
  const { sql } = pipeline.database
  const found = await placesOf(sql, { of, period }, 0, 1_000)
  const subjects = await sql<{ id: number; value: string }[]>`select id, value from subjects`
  const names = new Map(subjects.map(({ id, value }) => [id, value]))
  return found.map(({ rank, customerId, prize }) => {
    return `${rank} ${names.get(customerId)} ${(prize?.amount ?? 0) / 10_000}`
  })
}

const planned = () =>
  planSettlements(
    pipeline.database.sql,
    ['plays', 'slow'].map((of) => ({ of, period: PERIOD, endsAt: START + DAY })),
  )

test('the first three are settled in the order of their events, whatever order they came in, and once', async () => {
  await open(FIRST)
  await told(did('shot', 'u4', 160, 99), did('shot', 'u1', 155, 75), did('shot', 'u5', 201, 99))
  await told(did('shot', 'u3', 110, 34), did('shot', 'u2', 105, 83))
  await told(did('shot', 'u1', 100, 57))
  expect(await settleDue(pipeline)).toEqual({ settled: 2, paid: 5 })
  expect(await places('first-three', 'once')).toEqual(['1 u1 100', '2 u2 100', '3 u4 50'])
  expect(await places('shots', 'once')).toEqual(['1 u1 1', '2 u2 1'])
  expect((await settlementOf(pipeline.database.sql, { of: 'later', period: 'once' }))?.settledAt).toBeNull()
  expect(await settleDue(pipeline)).toEqual({ settled: 0, paid: 0 })
  const winner = await storedCustomer(pipeline, 'u4')
  expect(winner.ledger).toEqual({ points: 50 })
  expect(winner.game.wallets.points).toMatchObject({ balance: 500_000, earned: 0, adjusted: 500_000 })
  expect(winner.awards.find(({ kind }) => kind === 'adjusted')?.receipt).toMatchObject({
    reason: 'prize of first-three: winner 3',
    by: 'laurel',
  })
  expect(await drift(pipeline)).toEqual([])
})

test('a board is settled with the challenges on it: ranks, prizes, a budget; corrections change nothing after it', async () => {
  await open(CHAMPIONS)
  await told(
    did('play', 'a', 1, 90),
    did('play', 'b', 2, 65),
    did('play', 'c', 3, 80),
    did('play', 'd', 4, 70),
  )
  await told(did('play', 'b', 1, 15), did('play', 'e', 5, -5))
  await planned()
  // The two days after it are over as well, and nobody played.
  expect(await settleDue(pipeline)).toEqual({ settled: 3, paid: 3 })
  const settled = ['1 a 0', '2 b 0', '2 c 0', '4 d 0']
  expect(await places('plays')).toEqual(settled)
  expect(await places('champions')).toEqual(['1 a 50', '2 b 20', '2 c 15'])
  for (const none of ['next', 'over', 'slow']) expect(await places(none)).toEqual([])
  await told(did('play', 'a', 7, 1, { event_id: 'r', reverses: 'play a 1' }), did('play', 'd', 6, 500))
  const [first] = await pipeline.leaderboards.top('plays', PERIOD, 1)
  expect(first?.total).toBe(5_700_000)
  expect(await settleDue(pipeline)).toEqual({ settled: 0, paid: 0 })
  expect(await places('plays')).toEqual(settled)
  expect((await storedCustomer(pipeline, 'a')).ledger).toEqual({ points: 50 })
  expect(await drift(pipeline)).toEqual([])
  const change = pipeline.database.sql`update places set rank = 1 where rank = 2`
  await expect(change).rejects.toThrow('what is settled stays as it is')
})

test('nothing is settled while something that arrived by then is on its way, or the index is not whole', async () => {
  await open(`${FIRST}\n${CHAMPIONS}`)
  const { sql } = pipeline.database
  const batch = await told(did('shot', 'u1', 100, 57), did('play', 'a', 1, 90))
  await planned()
  const past = new Date(START + 1_000).toISOString()
  for (const mark of ['ranked_at', 'gamified_at'] as const) {
    await sql`update batches set ${sql(mark)} = null, recorded_at = ${past} where id = ${batch}`
    expect(await settleDue(pipeline)).toEqual({ settled: 0, paid: 0 })
    await sql`update batches set ${sql(mark)} = now(), recorded_at = now() where id = ${batch}`
  }
  await pipeline.leaderboards.clear()
  expect(await settleDue(pipeline)).toEqual({ settled: 2, paid: 2 })
  await rebuildLeaderboards(pipeline)
  expect(await settleDue(pipeline)).toEqual({ settled: 3, paid: 1 })
})

test('periods are taken down as they come, also those that passed while nothing ran', async () => {
  await open(CHAMPIONS)
  const { sql } = pipeline.database
  await settleDue(pipeline)
  expect(await settlementOf(sql, { of: 'slow', period: dayOf(0) })).toMatchObject({ settledAt: null })
  expect(await settlementOf(sql, { of: 'slow', period: dayOf(1) })).toBeUndefined()
  await sql`delete from settlements`
  await planned()
  // The three since then, all without anybody; the present day is not over.
  expect(await settleDue(pipeline)).toEqual({ settled: 3, paid: 0 })
  for (const ago of [1, 2]) {
    expect(await settlementOf(sql, { of: 'plays', period: dayOf(ago) })).toMatchObject({
      endsAt: (today - ago + 1) * DAY,
      settledAt: expect.any(Number),
    })
  }
  expect(await settlementOf(sql, { of: 'plays', period: dayOf(0) })).toMatchObject({ settledAt: null })
})

test('a board that is first seen while time waits for a backlog takes down no earlier period', async () => {
  await open(CHAMPIONS)
  const recording = { ...pipeline.recording(did('play', 'a', 1, 90)), isBehind: true }
  await record(pipeline.database, pipeline.sources, recording, false)
  expect(await settleDue(pipeline)).toEqual({ settled: 0, paid: 0 })
  const rows = await pipeline.database.sql`select period from settlements where of = 'plays'`
  expect(rows.map(({ period }) => period)).toEqual([dayOf(0)])
})

test('who is joined to another customer keeps what was settled, and what is still to be paid', async () => {
  await open(FIRST)
  await told(did('shot', 'u1', 100, 57), did('shot', 'u2', 105, 83))
  // A worker that ends between settling the two challenges, which asks for the program three times, and paying.
  let asked = 0
  const ending = Object.assign(Object.create(pipeline.programs) as typeof pipeline.programs, {
    of: (...args: Parameters<typeof pipeline.programs.of>) => {
      if (++asked > 3) throw new Error('ended')
      return pipeline.programs.of(...args)
    },
  })
  await expect(settleDue({ ...pipeline, programs: ending })).rejects.toThrow('ended')
  expect(await places('first-three', 'once')).toEqual(['1 u1 100', '2 u2 100'])
  await told(did('shot', 'u2', 190, 1, { customer_ids: ['u1'] }))
  expect(await places('first-three', 'once')).toEqual(['1 u1 100', '2 u1 100'])
  expect(await settleDue(pipeline)).toEqual({ settled: 0, paid: 4 })
  expect((await storedCustomer(pipeline, 'u2')).ledger).toEqual({ points: 200, gold: 2 })
  expect(await drift(pipeline)).toEqual([])
})

test('a prize that cannot be paid is told, and holds up no other', async () => {
  await open(FIRST)
  const { sql } = pipeline.database
  await told(did('shot', 'u1', 100, 57), did('shot', 'u2', 105, 83))
  const [customer] = await sql`select id from subjects where value = 'u1'`
  // Settled under a program that had this wallet still.
  await sql`
    insert into places (of, period, place, rank, customer_id, at, identity, wallet, prize)
    values ('ancient', 'once', 1, 1, ${customer!.id}, now(), gen_random_uuid(), 'silver', 10000)`
  await expect(settleDue(pipeline)).rejects.toThrow('silver')
  expect((await storedCustomer(pipeline, 'u1')).ledger).toEqual({ points: 100, gold: 1 })
  expect((await storedCustomer(pipeline, 'u2')).ledger).toEqual({ points: 100, gold: 1 })
  await expect(settleDue(pipeline)).rejects.toThrow('silver')
  expect(await drift(pipeline)).toEqual([])
})

test('a process that is killed while it settles and pays loses nothing, and nothing is paid twice', async () => {
  const winners = 60
  await open(
    `  - { id: many, on: shot, winners: ${winners}, until: ${PERIOD}T12:00, reward: { wallet: gold, amount: 1 }, graceHours: 0 }`,
  )
  const { sql } = pipeline.database
  await told(...Array.from({ length: winners + 5 }, (_, i) => did('shot', `k${i}`, i, 50)))
  const paid = async () => {
    const [row] = await sql<
      [{ count: number }]
    >`select count(*)::int as count from places where paid_at is not null`
    return row.count
  }
  for (const enough of [1, 15, 30]) {
    const args = [pipeline.url, inject('redisUrl'), pipeline.prefix]
    const child = fork(SETTLING, args, { execArgv: ['--import', 'tsx'], stdio: 'inherit' })
    const ended = once(child, 'exit')
    while (child.exitCode === null && (await paid()) < enough) await delay(5)
    child.kill('SIGKILL')
    await ended
  }
  // What was killed may hold its last prize for a moment.
  await expect
    .poll(async () => {
      await settleDue(pipeline)
      return paid()
    })
    .toBe(winners)
  const [sums] = await sql<[{ entries: number; customers: number; sum: number }]>`
    select count(*)::int as entries, count(distinct customer_id)::int as customers, sum(amount)::bigint as sum
    from ledger where wallet = 'gold'`
  expect(sums).toEqual({ entries: winners, customers: winners, sum: winners * 10_000 })
  expect(await drift(pipeline)).toEqual([])
})
