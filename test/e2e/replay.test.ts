import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { load } from '../../apps/cli/population.ts'
import { disturbed } from '../support/disturbance.ts'
import { Installation, TOPICS } from '../support/installation.ts'

const EVENTS = 600
const DAY = 86_400_000

let installation: Installation
beforeAll(async () => {
  installation = await Installation.create()
})
afterAll(() => installation.stop())

function messages() {
  const to = new Date()
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const from = new Date(to.getTime() - 40 * DAY)
  const made = load({ seed: 5, events: EVENTS, customers: 60, from, to, bad: 0.05, duplicates: 0.1, zone })
  return disturbed([...made], 5, 4)
}

/** What is recorded and what it came to, without the numbers that PostgreSQL gives out. */
async function contents() {
  const { sql } = installation.database
  return {
    events: await sql`
      select identity, at, type, value, source, fingerprint, payload from events order by identity`,
    failures: await sql`
      select message, code, state, topic, partition, "offset" from failures order by message, stage`,
    awards: await sql`
      select identity, rule, occurrence, amount, available_at from awards where live order by identity, rule, occurrence`,
    ledger:
      await sql`select wallet, sum(amount)::bigint as total from ledger group by wallet order by wallet`,
  }
}

async function rows() {
  const { sql } = installation.database
  const tables = ['batches', 'events', 'duplicates', 'failures', 'subjects', 'ledger']
  const found = tables.map(
    async (table) =>
      [table, (await sql`select count(*)::int as total from ${sql(table)}`)[0]!.total] as const,
  )
  return Object.fromEntries(await Promise.all(found)) as Record<string, number>
}

interface Counts {
  readonly read: number
  readonly fresh: number
  readonly duplicates: number
  readonly failed: number
}

/** Replays every topic from a time on, and adds up what that found. */
async function replay(from: Date, ...options: string[]): Promise<Counts> {
  const sums = { read: 0, fresh: 0, duplicates: 0, failed: 0 }
  for (const topic of TOPICS) {
    const args = ['--topic', topic, '--from', from.toISOString(), ...options]
    const printed = await installation.command('replay', ...args)
    const counts = printed.match(/Read (\d+) messages.*: (\d+) new, (\d+) duplicates, (\d+) failed/)
    if (!counts) throw new Error(printed)
    const [read, fresh, duplicates, failed] = counts.slice(1).map(Number)
    sums.read += read!
    sums.fresh += fresh!
    sums.duplicates += duplicates!
    sums.failed += failed!
  }
  return sums
}

async function throwawayGroups(): Promise<readonly string[]> {
  const { brokers } = installation.kafka
  const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
  const admin = client.admin()
  await admin.connect()
  try {
    const { groups } = await admin.listGroups()
    return groups.map(({ groupId }) => groupId).filter((id) => id.includes('-replay-'))
  } finally {
    await admin.disconnect()
  }
}

test('what an older PostgreSQL lacks comes back by replay, and ends as if nothing had been lost', async () => {
  const all = messages()
  const half = all.length >> 1
  const before = await installation.startAll()
  await installation.publish(all.slice(0, half))
  await installation.settled()
  await Promise.all([before.bridge.stop(), before.worker.stop()])
  const backup = await installation.backUp()
  const backedUp = await rows()
  const backedUpAt = new Date()
  const after = await installation.startAll()
  await installation.publish(all.slice(half))
  await installation.settled()
  await Promise.all([after.bridge.stop(), after.worker.stop()])
  const [complete, full] = [await contents(), await rows()]
  const committed = await installation.committed()

  await installation.restore(backup)
  await installation.startAll()
  // The group is ahead of the store: nothing comes by itself.
  await installation.settled()
  expect(await rows()).toEqual(backedUp)

  const missing = full.events! - backedUp.events!
  expect(missing).toBeGreaterThan(100)
  const from = new Date(backedUpAt.getTime() - DAY)
  const rehearsed = await replay(from, '--dry-run')
  expect(await rows()).toEqual(backedUp)
  const replayed = await replay(from)
  expect(replayed).toEqual(rehearsed)
  expect(replayed).toMatchObject({ read: all.length, fresh: missing })
  await installation.settled()
  expect(await contents()).toEqual(complete)

  const again = await replay(from)
  expect(again).toEqual({ ...replayed, fresh: 0, duplicates: replayed.duplicates + missing })
  await installation.settled()
  expect(await contents()).toEqual(complete)
  expect(await installation.committed()).toEqual(committed)
  expect(await throwawayGroups()).toEqual([])

  await installation.startApi()
  expect(await installation.differences()).toEqual([])
  expect(await installation.imbalances()).toEqual([])
}, 240_000)

test('a replay that makes no sense says why', async () => {
  const refusal = (...args: string[]) =>
    installation.command('replay', ...args).then(
      () => 'accepted',
      ({ stderr }: { stderr: string }) => stderr,
    )
  const refused = await Promise.all([
    refusal('--topic', 'cdr-events', '--from', '2026-11-01T10:00'),
    refusal('--topic', 'cdr-event', '--from', '2026-11-01T10:00Z'),
  ])
  expect(refused[0]).toContain('names no zone: write 2026-11-01T10:00Z for UTC')
  expect(refused[1]).toContain('Laurel does not read cdr-event: take one of customer-events, cdr-events')
})
