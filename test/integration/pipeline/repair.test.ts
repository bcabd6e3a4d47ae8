import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Delivery } from '#pipeline/delivery.ts'
import { showFailures } from '#pipeline/failed-events.ts'
import { record } from '#pipeline/normalization.ts'
import { discard, type Repair, repair } from '#pipeline/repair.ts'
import { describeCause, eachFailure, listCauses, listFailures } from '#store/failure-filter.ts'
import { findFailure, recordFix } from '#store/failures.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline()
})
afterAll(() => pipeline.close())

let groups = 0

/** Events that cannot be read, of a customer that no other test has; the first `fixed` of them are corrected. */
async function failing(count: number, fixed = 0): Promise<string> {
  const customer = `repair-${groups++}`
  const events = Array.from({ length: count }, (_, i) =>
    recharge({ customer_id: customer, event_id: `${customer}-${i}`, value: 'x' }),
  )
  await pipeline.run(...events)
  const found = (await listFailures(pipeline.database, { customer }, count)).toReversed()
  for (const [i, { id }] of found.slice(0, fixed).entries())
    await recordFix(pipeline.database.sql, id, JSON.stringify({ ...events[i], value: 1 }), 'test')
  return customer
}

const run = (plan: Partial<Repair> & Pick<Repair, 'filter'>, signal = new AbortController().signal) =>
  repair(pipeline, { limit: 1_000, canary: 0, ...plan }, signal, () => {})

describe('repairing many', () => {
  test('counts what was corrected, and leaves the rest open with one more attempt', async () => {
    const customer = await failing(7, 5)
    const repaired = await run({ filter: { customer } })
    expect(repaired).toMatchObject({ tried: 7, counted: 5, ended: 'all tried' })
    const left = await listFailures(pipeline.database, { customer, state: 'open' }, 10)
    expect(left.map(({ attempts }) => attempts)).toEqual([2, 2])
    // Begun again, as after a kill, it tries only what is open.
    expect(await run({ filter: { customer } })).toMatchObject({ tried: 2, counted: 0 })
  })

  test('stops after a canary of which more fail than count', async () => {
    const customer = await failing(9)
    const repaired = await run({ filter: { customer }, canary: 4 })
    expect(repaired).toMatchObject({ tried: 4, counted: 0, ended: 'canary failed' })
    const attempts = (await listFailures(pipeline.database, { customer }, 20)).map((each) => each.attempts)
    expect(attempts.toSorted()).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2])
  })

  test('tries those of one partition in one go, and hides their jobs', async () => {
    const { database } = pipeline
    const customer = await failing(250, 250)
    await database.sql`
      update failures set partition = id % 3, topic = case id % 2 when 0 then 'crm-events' else topic end
      where customer = ${customer}`
    await showFailures(pipeline)
    const outcomes = new Map<number, boolean>()
    const repaired = await repair(
      pipeline,
      { filter: { customer }, limit: 1_000, canary: 0 },
      new AbortController().signal,
      ({ id }, { counted }) => outcomes.set(id, counted),
    )
    expect(repaired).toMatchObject({ tried: 250, counted: 250, ended: 'all tried' })
    expect([...outcomes.values()].filter(Boolean)).toHaveLength(250)
    const [made] = await database.sql`
      select count(*)::int as batches, count(distinct (topic, partition))::int as partitions from batches
      where key like 'retry/%' and recorded_at > now() - interval '1 minute' and messages > 1`
    // Ten goes of 25, each of six partitions at most, and what other tests have made.
    expect(made!.batches).toBeLessThanOrEqual(70)
    expect(made!.partitions).toBeGreaterThanOrEqual(6)
    // Whoever looks at the board afterwards finds none of them there.
    const left = await listFailures(database, { customer, state: 'resolved' }, 1_000)
    const jobs = await pipeline.queues['failed-events'].getJobs(['waiting', 'failed'])
    const shown = new Set(jobs.map(({ data }) => data.info.failure))
    expect(left.filter(({ id }) => shown.has(id))).toEqual([])
  })

  test('goes on after a canary of which enough count', async () => {
    const customer = await failing(8, 8)
    expect(await run({ filter: { customer }, canary: 4 })).toMatchObject({ counted: 8, ended: 'all tried' })
  })

  test('takes the next so many, and goes on after the last of them', async () => {
    const customer = await failing(9, 9)
    const first = await run({ filter: { customer }, limit: 6 })
    expect(first).toMatchObject({ tried: 6, counted: 6, ended: 'limit reached' })
    const rest = await run({ filter: { customer, after: first.last } })
    expect(rest).toMatchObject({ tried: 3, counted: 3, ended: 'all tried' })
  })

  test('keeps to a rate', async () => {
    const customer = await failing(5, 5)
    const begun = performance.now()
    expect(await run({ filter: { customer }, rate: 10 })).toMatchObject({ counted: 5 })
    expect(performance.now() - begun).toBeGreaterThanOrEqual(390)
  })

  test('ends what is in hand when it is aborted', async () => {
    const customer = await failing(12, 12)
    const controller = new AbortController()
    const plan = { filter: { customer }, limit: 12, canary: 0, rate: 40 }
    const repaired = await repair(pipeline, plan, controller.signal, (_failure, _outcome, tried) => {
      if (tried === 2) controller.abort()
    })
    expect(repaired.ended).toBe('aborted')
    expect(repaired.tried).toBe(4)
    const open = await listFailures(pipeline.database, { customer, state: 'open' }, 20)
    expect(open).toHaveLength(12 - repaired.counted)
  })
})

describe('giving up', () => {
  test('keeps the failure with its reason, takes its job away, and is not final', async () => {
    const customer = await failing(3, 1)
    await showFailures(pipeline)
    const [last] = await listFailures(pipeline.database, { customer }, 1)
    expect(await discard(pipeline, { customer }, 2, 'test data')).toBe(2)
    const found = await listFailures(pipeline.database, { customer }, 10)
    expect(found.map(({ state, discarded }) => [state, discarded])).toEqual([
      ['open', null],
      ['discarded', 'test data'],
      ['discarded', 'test data'],
    ])
    const first = found.at(-1)!
    const queue = pipeline.queues['failed-events']
    expect(await queue.getJobState(`failure-${first.id}-1`)).toBe('unknown')
    expect(await queue.getJobState(`failure-${last!.id}-1`)).not.toBe('unknown')
    // By its number, that is: a filter means what is still to be done.
    expect(await run({ filter: { customer } })).toMatchObject({ tried: 1 })
    expect(await run({ filter: { ids: [first.id] } })).toMatchObject({ tried: 1, counted: 1 })
    expect(await findFailure(pipeline.database, first.id)).toMatchObject({ state: 'resolved' })
  })

  test('is not undone by the message coming again', async () => {
    const customer = `repair-${groups++}`
    const event = recharge({ customer_id: customer, event_id: `${customer}-again`, value: 'x' })
    await pipeline.run(event)
    await discard(pipeline, { customer }, 10, 'test data')
    await pipeline.run(event)
    const found = await listFailures(pipeline.database, { customer }, 10)
    expect(found.map(({ state }) => state)).not.toContain('resolved')
    expect(found.filter(({ state }) => state === 'discarded')).toHaveLength(1)
  })
})

test('failures are found by cause, time, number and identity, and read in portions', async () => {
  const customer = await failing(5)
  const all = await listFailures(pipeline.database, { customer }, 10)
  const { id, message, fingerprint, firstSeen } = all[0]!
  const ids = async (filter: Parameters<typeof listFailures>[1]) =>
    (await listFailures(pipeline.database, { customer, ...filter }, 10)).map((each) => each.id)
  expect(await ids({ messages: [message] })).toEqual([id])
  expect(await ids({ ids: [id] })).toEqual([id])
  expect(await ids({ fingerprint })).toHaveLength(5)
  expect(await ids({ fingerprint: 'none' })).toEqual([])
  expect(await ids({ since: firstSeen, until: firstSeen + 1 })).toHaveLength(5)
  expect(await ids({ until: firstSeen })).toEqual([])
  const portions: number[][] = []
  for await (const portion of eachFailure(pipeline.database, { customer }, 2))
    portions.push(portion.map((each) => each.id))
  expect(portions.map((portion) => portion.length)).toEqual([2, 2, 1])
  expect(portions.flat()).toEqual(all.map((each) => each.id).toReversed())
})

describe('an event is found by the id that it brought', () => {
  const id = '4711'
  const spoilt = (fields: Record<string, unknown>) =>
    recharge({ event_id: undefined, customer_id: 'finding', value: 'x', ...fields })
  const found = async (wanted: string) => {
    const event = { id: wanted, identities: [], keys: ['event_id', 'key'] }
    return listFailures(pipeline.database, { customer: 'finding', event }, 10)
  }

  test.each([
    ['as text', JSON.stringify(spoilt({ event_id: id }))],
    ['as a number', JSON.stringify(spoilt({ event_id: 4711 }))],
    ['as a number at the end', '{"customer_id":"finding","value":"x","event_id":4711}'],
    ['over several lines', JSON.stringify(spoilt({ event_id: id }), null, '\t')],
    ['where a source has it', JSON.stringify(spoilt({ payload: { key: id } }))],
    ['in a CloudEvent', JSON.stringify(spoilt({ specversion: '1.0', id }))],
  ])('%s', async (_, text) => {
    await pipeline.run(text)
    const [latest] = await found(id)
    expect(JSON.parse(latest!.original).value).toBe(text)
  })

  test('with characters that mean something to JSON or to a pattern', async () => {
    const odd = 'a.*"b"\\c\n(ü)'
    await pipeline.run(spoilt({ event_id: odd }))
    expect(await found(odd)).toHaveLength(1)
    expect(await found('axx"b"')).toHaveLength(0)
  })

  test.each([
    ['a longer one', { event_id: '98110' }],
    ['a longer number', { event_id: 98110 }],
    ['what it reverses', { reverses: '9811' }],
    ['something else', { metadata: { plan: '9811', amount: 9811 }, id: '9811' }],
  ])('and not by %s', async (_, fields) => {
    await pipeline.run(spoilt(fields))
    expect(await found('9811')).toEqual([])
  })

  test('nor by the offset of its message', async () => {
    await pipeline.run(spoilt({}))
    const [latest] = await listFailures(pipeline.database, { customer: 'finding' }, 1)
    expect(await found(String(latest!.offset))).toEqual([])
  })

  test('also in a header', async () => {
    const recording = pipeline.recording(spoilt({}))
    const [delivery] = recording.deliveries as [Delivery]
    const message = { ...delivery.message, headers: [['event-id', 'h-1'] as const] }
    await record(
      pipeline.database,
      pipeline.sources,
      { ...recording, deliveries: [{ ...delivery, message }] },
      false,
    )
    expect(await found('h-1')).toHaveLength(1)
    expect(await found('event-id')).toEqual([])
  })
})

test('a cause has an owner and a note, and what is left out stays', async () => {
  const { sql } = pipeline.database
  const customer = await failing(1)
  const [failure] = await listFailures(pipeline.database, { customer }, 1)
  const { fingerprint } = failure!
  expect(await describeCause(sql, fingerprint, 'ana', null)).toBe(true)
  expect(await describeCause(sql, fingerprint, null, 'asked billing')).toBe(true)
  expect(await describeCause(sql, 'no such cause', 'ana', null)).toBe(false)
  const cause = (await listCauses(sql, 10)).find((each) => each.fingerprint === fingerprint)
  expect(cause).toMatchObject({ owner: 'ana', note: 'asked billing', code: 'VALUE_INVALID' })
})
