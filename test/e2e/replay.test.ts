import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { load } from '../../apps/cli/population.ts'
import { disturbed } from '../support/disturbance.ts'
import { Installation, TOPICS, until } from '../support/installation.ts'

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

function countsIn(printed: string): Counts {
  const counts = printed.match(/Read (\d+) messages.*: (\d+) new, (\d+) duplicates, (\d+) failed/)
  if (!counts) throw new Error(printed)
  const [read = 0, fresh = 0, duplicates = 0, failed = 0] = counts.slice(1).map(Number)
  return { read, fresh, duplicates, failed }
}

/** Replays every topic from a time on, all at once, and adds up what that found. */
async function replay(from: Date, ...options: string[]): Promise<Counts> {
  const found = await Promise.all(
    TOPICS.map(async (topic) => {
      const args = ['--topic', topic, '--from', from.toISOString(), ...options]
      return countsIn(await installation.command('replay', ...args))
    }),
  )
  return found.reduce((sums, counts) => ({
    read: sums.read + counts.read,
    fresh: sums.fresh + counts.fresh,
    duplicates: sums.duplicates + counts.duplicates,
    failed: sums.failed + counts.failed,
  }))
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

test('Ctrl-C ends a replay after the batch in hand, and it says how to go on', async () => {
  const topic = 'customer-events'
  const marks = await installation.admin.watermarks([topic])
  const total = marks.reduce((sum, { high }) => sum + Number(high), 0)
  const args = ['replay', '--topic', topic, '--from', new Date(Date.now() - DAY).toISOString()]
  const { sql } = installation.database
  let ended: Promise<{ printed: string; status: number | null }> | undefined
  // Whoever records has to wait for this lock.
  await sql.begin(async (transaction) => {
    await transaction`lock table horizons in access exclusive mode`
    const child = installation.spawn(...args)
    ended = outcomeOf(child)
    await until(async () => {
      // On another connection: a transaction sees the activity as it was when it first looked.
      const waiting = await sql`
        select 1 from pg_stat_activity where application_name = 'laurel command' and wait_event_type = 'Lock'`
      return waiting.length > 0
    }, 30_000)
    child.kill('SIGINT')
    // The batch in hand is not given up.
    await delay(300)
    expect(child.exitCode).toBeNull()
  })
  const { printed, status } = await ended!
  expect(status).toBe(130)
  const { read } = countsIn(printed)
  expect(read).toBeGreaterThan(0)
  expect(read).toBeLessThan(total)
  const goOn = /Stopped before the end\. To go on: npx laurel (.*)/.exec(printed)?.[1]
  const rest = countsIn(await installation.command(...goOn!.split(' ')))
  expect(read + rest.read).toBeGreaterThanOrEqual(total)
}, 60_000)

async function outcomeOf(child: ChildProcess): Promise<{ printed: string; status: number | null }> {
  let printed = ''
  child.stdout?.on('data', (text) => {
    printed += text
  })
  const [status] = await once(child, 'close')
  return { printed, status }
}

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
