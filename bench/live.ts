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

export interface TrafficOptions {
  /** What event ids begin with: two traffics on one installation have two. */
  readonly name: string
  /** Events a second. */
  readonly rate: number
  /** They take turns, send by send; within one, events go round its partitions. */
  readonly topics: readonly string[]
  /** Whose the n-th event is, as a `customer_id`. */
  readonly customer: (number: number) => string
}

/** Publishes valid events at an even pace, one send in 20 ms, until it is told to stop. */
export class LiveTraffic {
  readonly #installation: Installation
  readonly #options: TrafficOptions
  readonly #begun = performance.now()
  #isOn = true
  #sent = 0
  #latest = 0
  readonly #running: Promise<void>

  constructor(installation: Installation, options: TrafficOptions) {
    this.#installation = installation
    this.#options = options
    this.#running = this.#run()
    // Whoever stops it learns what went wrong.
    this.#running.catch(() => {})
  }

  get sent(): number {
    return this.#sent
  }

  /** How late a send was at most, ms: what is sent late has a late timestamp, so that no latency shows it. */
  get latest(): number {
    return this.#latest
  }

  /** From now on. */
  forgetLatest(): void {
    this.#latest = 0
  }

  async stop(): Promise<void> {
    this.#isOn = false
    await this.#running
  }

  async #run(): Promise<void> {
    const { rate, topics } = this.#options
    for (let tick = 1; this.#isOn; tick++) {
      const wait = this.#begun + tick * TICK - performance.now()
      if (wait > 0) await delay(wait)
      this.#latest = Math.max(this.#latest, -wait)
      const due = Math.floor((tick * TICK * rate) / 1_000) - this.#sent
      const topic = topics[tick % topics.length]!
      if (due > 0)
        await this.#installation.publish(Array.from({ length: due }, () => ({ topic, value: this.#next() })))
    }
  }

  #next(): string {
    const number = this.#sent++
    const type = TYPES[number % TYPES.length]!
    return JSON.stringify({
      event_id: `${this.#options.name}-${number}`,
      source: 'app',
      customer_id: this.#options.customer(number),
      event_type: type,
      timestamp: new Date().toISOString(),
      ...(type === 'app_login' ? {} : { value: 1 + (number % 100) }),
    })
  }
}

/** Of the events of a topic that reached Kafka from one time to another, both Unix ms. */
export async function latencyBetween(
  { database: { sql } }: Installation,
  topic: string,
  from: number,
  to: number,
): Promise<Latency> {
  const [row] = await sql<[Latency]>`
    select count(*)::bigint as events, percentile_cont(0.5) within group (order by ms) as p50,
      percentile_cont(0.99) within group (order by ms) as p99, percentile_cont(0.999) within group (order by ms) as p999
    from (
      select extract(epoch from b.gamified_at - e.arrived_at)::float * 1000 as ms
      from events e join batches b on b.id = e.batch_id
      where b.topic = ${topic} and e.arrived_at >= to_timestamp(${from / 1_000})
        and e.arrived_at < to_timestamp(${to / 1_000})
    ) live`
  return row
}
