import { createLog } from '#runtime/log.ts'
import type { Database } from '#store/database.ts'
import { type KafkaAdmin, openAdmin } from '#stream/admin.ts'
import type { KafkaSettings } from '#stream/settings.ts'

/** How much of the past the rate is taken over, ms. */
const WINDOW = 10_000

export interface ActivityOptions {
  readonly database: Database
  readonly kafka: KafkaSettings
  readonly groupId: string
  readonly topics: readonly string[]
}

/** What goes on, in a line: `12 events/s · 31 awards · 4 failures · lag 0`. */
export class Activity {
  readonly #options: ActivityOptions
  #admin: KafkaAdmin | undefined
  #lastBatch = 0
  #recent: { at: number; events: number }[] = []

  constructor(options: ActivityOptions) {
    this.#options = options
  }

  async describe(): Promise<string> {
    const [rate, awards, failures, lag] = await Promise.all([
      this.#rate(),
      this.#count('awards'),
      this.#count('failures'),
      this.#lag(),
    ])
    return `${rate} events/s · ${awards} awards · ${failures} failures · lag ${lag}`
  }

  async close(): Promise<void> {
    await this.#admin?.close()
  }

  async #rate(): Promise<number> {
    const { sql } = this.#options.database
    const [row] = await sql<[{ last: number | null; events: number }]>`
      select max(id) as last, coalesce(sum(events), 0)::bigint as events from batches where id > ${this.#lastBatch}`
    const now = Date.now()
    // The first look sees everything that ever was.
    if (this.#lastBatch > 0) this.#recent.push({ at: now, events: row.events })
    this.#lastBatch = row.last ?? Math.max(this.#lastBatch, 1)
    this.#recent = this.#recent.filter(({ at }) => at > now - WINDOW)
    const seconds = (now - (this.#recent[0]?.at ?? now) + 1_000) / 1_000
    return Math.round(this.#recent.reduce((sum, { events }) => sum + events, 0) / seconds)
  }

  async #count(what: 'awards' | 'failures'): Promise<number> {
    const { sql } = this.#options.database
    const [row] =
      what === 'awards'
        ? await sql<[{ total: number }]>`select count(*)::bigint as total from awards where live`
        : await sql<[{ total: number }]>`select count(*)::bigint as total from failures where state = 'open'`
    return row.total
  }

  async #lag(): Promise<number | string> {
    try {
      this.#admin ??= await openAdmin(this.#options.kafka, createLog('laurel', 'silent'))
      const lags = await this.#admin.lag(this.#options.groupId, this.#options.topics)
      return lags.reduce((sum, { lag }) => sum + lag, 0)
    } catch {
      return 'unknown'
    }
  }
}
