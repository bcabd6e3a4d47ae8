import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { outboxState } from '#store/outbox.ts'
import { Installation, REJECTS, until } from '../support/installation.ts'

/** 5 s in `npm test`, 30 s in `npm run test:chaos`. */
const OUTAGE = Number(process.env.OUTAGE_SECONDS ?? 5) * 1_000
/** How soon after the return the first new award must be there. */
const RECOVERY = 15_000

let installation: Installation
beforeAll(async () => {
  installation = await Installation.create()
  await installation.startAll()
  await installation.startApi()
})
afterAll(() => installation.stop())

let sent = 0

function recharge() {
  sent++
  const customer = `+88017${String(10_000_000 + sent).slice(-8)}`
  const value = {
    source: 'billing',
    event_id: `recharge-${sent}`,
    customer_id: customer,
    event_type: 'recharge',
    timestamp: new Date().toISOString(),
    value: 100,
  }
  return { topic: 'billing-events', value: JSON.stringify(value) }
}

const refused: string[] = []

/** Publishes what is refused: its producer must be told. */
async function publishRefused(): Promise<void> {
  const value = `{ ${refused.length}`
  await installation.publish([{ topic: 'billing-events', value }])
  refused.push(value)
}

/** What producers were told of, once nothing waits to be told; some may come twice. */
async function told(): Promise<ReadonlySet<string>> {
  await until(
    async () => (await outboxState(installation.database.sql)).waiting === 0,
    60_000,
    () => 'rejects wait still',
  )
  return new Set((await installation.messages([REJECTS])).map(({ value }) => value))
}

async function awards(): Promise<number> {
  const [row] = await installation.database.sql<
    [{ total: number }]
  >`select count(*)::bigint as total from awards`
  return row.total
}

/** Publishes a few events a second until told otherwise; while Kafka is away they wait for it. */
function traffic(): () => Promise<void> {
  let isOn = true
  const running = (async () => {
    while (isOn) {
      const message = recharge()
      while (
        await installation.publish([message]).then(
          () => false,
          () => true,
        )
      )
        await delay(200)
      await delay(50)
    }
  })()
  return async () => {
    isOn = false
    await running
  }
}

for (const name of ['postgres', 'redis', 'kafka'] as const) {
  test(
    `${name} stopped under traffic: the first new award comes soon after its return, nothing is lost or doubled`,
    async () => {
      const stopTraffic = traffic()
      const service = installation.stack[name]
      const start = await awards()
      await until(async () => (await awards()) > start, 30_000)
      await publishRefused()
      await service.stop()
      await delay(OUTAGE)
      await service.start()
      const returned = Date.now()
      const [{ now }] = await installation.database.sql<[{ now: string }]>`select now()::text as now`
      await until(
        async () => {
          const rows = await installation.database.sql`select 1 from awards where changed_at > ${now} limit 1`
          return rows.length > 0
        },
        RECOVERY,
        () => `no new award after the return of ${name}`,
      )
      expect(Date.now() - returned).toBeLessThan(RECOVERY)
      await stopTraffic()
      await publishRefused()
      await installation.settled()
      expect([...(await told())].toSorted()).toEqual(refused)
      expect(await installation.differences()).toEqual([])
      expect(await installation.imbalances()).toEqual([])
    },
    OUTAGE + 120_000,
  )
}
