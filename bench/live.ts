import { setTimeout as delay } from 'node:timers/promises'
import type { Installation } from '../test/support/installation.ts'

const TICK = 20
const TYPES = ['data_usage', 'app_login', 'recharge'] as const

/** How long events were on their way, from Kafka's timestamp to the mark of their gamification, ms. */
export interface Latency {
  readonly events: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** Publishes valid events at an even pace until it is told to stop. */
export class LiveTraffic {
  readonly #installation: Installation
  readonly #rate: number
  readonly #customers: number
  #isOn = true
  #sent = 0
  readonly #running: Promise<void>

  /** @param rate events a second */
  constructor(installation: Installation, rate: number, customers: number) {
    this.#installation = installation
    this.#rate = rate
    this.#customers = customers
    this.#running = this.#run()
  }

  get sent(): number {
    return this.#sent
  }

  async stop(): Promise<void> {
    this.#isOn = false
    await this.#running
  }

  async #run(): Promise<void> {
    const begun = performance.now()
    while (this.#isOn) {
      const due = Math.floor(((performance.now() - begun) / 1_000) * this.#rate) - this.#sent
      if (due > 0) await this.#installation.publish(Array.from({ length: due }, () => this.#next()))
      await delay(TICK)
    }
  }

  #next() {
    const number = this.#sent++
    const type = TYPES[number % TYPES.length]!
    const event = {
      event_id: `live-${number}`,
      source: 'app',
      customer_id: `+88018${String((number * 7_919) % this.#customers).padStart(8, '0')}`,
      event_type: type,
      timestamp: new Date().toISOString(),
      ...(type === 'app_login' ? {} : { value: 1 + (number % 100) }),
    }
    return { topic: 'app-events', value: JSON.stringify(event) }
  }
}

/** Of the live events that reached Kafka from one time to another, both Unix ms. */
export async function latencyBetween(
  { database: { sql } }: Installation,
  from: number,
  to: number,
): Promise<Latency> {
  const [row] = await sql<[Latency]>`
    select count(*)::bigint as events, percentile_cont(0.5) within group (order by ms) as p50,
      percentile_cont(0.99) within group (order by ms) as p99, percentile_cont(0.999) within group (order by ms) as p999
    from (
      select extract(epoch from b.gamified_at - e.arrived_at)::float * 1000 as ms
      from events e join batches b on b.id = e.batch_id
      where e.type <> 'topup' and b.topic = 'app-events' and e.arrived_at >= to_timestamp(${from / 1_000})
        and e.arrived_at < to_timestamp(${to / 1_000})
    ) live`
  return row
}
