import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appliedTo } from '#domain/customer.ts'
import type { Event } from '#domain/event.ts'
import { isWalletEvent } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { audit } from '#pipeline/audit.ts'
import { willPass } from '#pipeline/context.ts'
import { gamifyBatch, gamifyWaiting } from '#pipeline/gamification.ts'
import { identityOf } from '#pipeline/identity.ts'
import { record } from '#pipeline/normalization.ts'
import { scoreBatch, scoreWaiting } from '#pipeline/scoring.ts'
import { customerStates } from '#store/states.ts'
import { findSubjects } from '#store/subjects.ts'
import { histories, programText } from '../../property/history.ts'
import { openPipeline, type TestPipeline } from '../../support/pipeline.ts'

const CUSTOMERS = 60
const BATCH = 9
const SEED = Number(process.env.HISTORIES_SEED ?? Date.now() % 1_000_000)

let pipeline: TestPipeline
beforeAll(async () => {
  pipeline = await openPipeline(programText('Europe/Berlin'))
})
afterAll(() => pipeline.close())

interface Sent {
  readonly id: string
  readonly customer: string
  readonly event: Event
  readonly reverses?: string
  readonly links?: readonly string[]
}

/** Histories of many customers, some of whose events reverse others, and some of which link two customers. */
function sample(): Sent[] {
  const random = fc.sample(fc.nat(999), { numRuns: CUSTOMERS * 50, seed: SEED })
  let next = 0
  const draw = (below: number) => random[next++ % random.length]! % below
  return fc.sample(histories, { numRuns: CUSTOMERS, seed: SEED }).flatMap((history, number) => {
    const customer = `customer-${number}`
    const events = history.filter(({ type }) => !isWalletEvent(type))
    return events.map((event, i): Sent => {
      const id = `${number}-${i}`
      const plain = { id, customer, event }
      const dice = draw(12)
      if (dice === 0) return { ...plain, reverses: `${number}-${draw(events.length)}` }
      // Of every four customers the first three may turn out to be one.
      if (dice === 1 && number % 4 < 3)
        return { ...plain, links: [`customer-${number - (number % 4) + draw(3)}`] }
      return plain
    })
  })
}

function messageOf({ id, customer, event, reverses, links }: Sent): string {
  return JSON.stringify({
    ...(JSON.parse(event.payload) as object),
    event_id: id,
    source: 'kafka',
    customer_id: customer,
    event_type: event.type,
    timestamp: new Date(event.at).toISOString(),
    ...(event.value !== null && { value: event.value / 10_000 }),
    ...(reverses !== undefined && { reverses }),
    ...(links && { customer_ids: links }),
  })
}

/** More than workers that meet need: whoever does not come through by then never will. */
const TRIES = 200

/** As a worker does: what will pass by itself is tried again. */
async function patiently<T>(task: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await task()
    } catch (error) {
      if (!willPass(error) || tries === TRIES) throw error
    }
  }
}

/** Runs tasks, so many at once. After one has failed no other begins: the test closes its database. */
async function atOnce(count: number, tasks: readonly (() => Promise<unknown>)[]): Promise<void> {
  const left = [...tasks]
  const worker = async () => {
    for (let task = left.shift(); task; task = left.shift()) await task()
  }
  const ended = await Promise.allSettled(
    Array.from({ length: count }, () =>
      worker().catch((error: unknown) => {
        left.length = 0
        throw error
      }),
    ),
  )
  const failed = ended.find((each) => each.status === 'rejected')
  if (failed) throw failed.reason
}

function shuffled<T>(all: readonly T[]): T[] {
  const keys = fc.sample(fc.nat(), { numRuns: all.length, seed: SEED })
  return all
    .map((each, i) => [keys[i]!, each] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, each]) => each)
}

test(`histories with several workers a stage end as from nothing (HISTORIES_SEED=${SEED})`, async () => {
  const { database, programs, sources } = pipeline
  const all = sample()
  const messages = shuffled([...all, ...all.filter((_, i) => i % 5 === 0)]).map(messageOf)
  const batches = Array.from({ length: Math.ceil(messages.length / BATCH) }, (_, i) =>
    pipeline.recording(...messages.slice(i * BATCH, (i + 1) * BATCH)),
  )
  const stages: (() => Promise<unknown>)[] = []
  await atOnce(
    3,
    batches.map((batch) => async () => {
      const { batch: number } = await patiently(() => record(database, sources, batch, false))
      // The stages follow while others are still recorded, some of them twice.
      const run = [
        () => scoreWaiting(database, programs, number),
        () => gamifyWaiting(database, programs, number),
        () => scoreBatch(database, programs, number),
        () => gamifyBatch(database, programs, number),
      ].map((stage) => () => patiently<unknown>(stage))
      stages.push(...run.slice(1))
      await atOnce(2, number % 3 === 0 ? run : run.slice(0, 1))
    }),
  )
  await atOnce(4, shuffled(stages))

  const audited = await audit({ database, programs }, 'all')
  expect(audited.differences.slice(0, 3)).toEqual([])
  expect(audited.skipped).toBe(0)
  await expectWallets(all)
})

/** The same by the pure fold over what was generated, linked and reversed by brute force. */
async function expectWallets(all: readonly Sent[]): Promise<void> {
  const { database, programs } = pipeline
  const program = await programs.of(database.sql)
  const identity = (id: string) => identityOf('kafka', { kind: 'event_id', id })
  const reversed = new Set(all.flatMap(({ reverses }) => (reverses === undefined ? [] : [reverses])))
  const group = new Map(all.map(({ customer }) => [customer, new Set([customer])]))
  for (const { customer, links } of all) {
    for (const other of links ?? []) {
      const both = new Set([...group.get(customer)!, ...(group.get(other) ?? [other])])
      for (const each of both) group.set(each, both)
    }
  }
  for (const members of new Set(group.values())) {
    const events = all
      .filter(
        ({ customer, id, reverses }) => members.has(customer) && reverses === undefined && !reversed.has(id),
      )
      .map((sent): Event => ({ ...sent.event, identity: identity(sent.id), payload: messageOf(sent) }))
    const own = [...members].map((value) => ({ kind: 'other', value }) as const)
    const [first] = members
    const subjects = await findSubjects(database.sql, [{ kind: 'other', value: first! }])
    const { customerId } = subjects.get(`other:${first}`)!
    const { game } = (await customerStates(database.sql, customerId))!
    const { state } = foldAll(NEW_GAME, events, appliedTo(program, own), game.position?.at)
    expect(game.wallets).toEqual(state.wallets)
  }
}
