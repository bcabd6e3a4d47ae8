import { setTimeout as delay } from 'node:timers/promises'
import { type LoadOptions, load } from '../../apps/cli/population.ts'
import { disturbed } from './disturbance.ts'
import type { Installation, Stored } from './installation.ts'

/** Sources that post to the webhook, and their tokens: what an installation under traffic is created with. */
export const TRAFFIC_TOKENS = { WEBHOOK_TOKENS: 'app=only-for-this-test' }

const DAY = 86_400_000
const CUSTOMERS = 300
const PORTION = 30
const POSTED = 2
const INTERVAL = 250
const RETRY = 200
const ANSWER = 10_000

type Message = Pick<Stored, 'topic' | 'value'>

/**
 * Some hundred messages a second of a seed: late ones, duplicates, reversals, links and broken ones, by Kafka and by
 * webhook. Where a service is away it tries again until it succeeds, as producers do, so that nothing is given up.
 */
export class Traffic {
  /** What the webhook has acknowledged. */
  readonly posted: Stored[] = []
  readonly #installation: Installation
  readonly #published: Message[] = []
  readonly #loops: Promise<void>[]
  #isOn = true
  #isAbandoned = false

  /** @param most it ends by itself after so many messages; over them lie forty days */
  constructor(installation: Installation, seed: number, most: number) {
    this.#installation = installation
    const options = loadOptions(most)
    const published = disturbed([...load({ ...options, seed, bad: 0.02, duplicates: 0.05 })], seed, 5)
    const written = load({ ...options, seed: seed + 1_000_000, bad: 0, duplicates: 0.05 })
    const posted = [...written].filter(({ topic }) => topic === 'app-events')
    this.#loops = [
      this.#each(published, PORTION, (portion) => this.#publish(portion)),
      this.#each(posted, POSTED, (portion) => this.#post(portion)),
    ]
  }

  /** Publishes messages of before once more. */
  async repeat(count: number): Promise<void> {
    await this.#publish(this.#published.slice(-count))
  }

  /** How many messages were published, without those that were repeated, and posted. */
  get sent(): number {
    return this.#published.length + this.posted.length
  }

  /** Ends when what is in hand has been taken. */
  async stop(): Promise<void> {
    this.#isOn = false
    await Promise.all(this.#loops)
  }

  /** Ends at once, also where a service is away for good. */
  abandon(): void {
    this.#isOn = false
    this.#isAbandoned = true
  }

  async #each(
    messages: readonly Message[],
    size: number,
    send: (portion: readonly Message[]) => Promise<void>,
  ): Promise<void> {
    for (let i = 0; this.#isOn && i < messages.length; i += size) {
      await send(messages.slice(i, i + size))
      await delay(INTERVAL)
    }
  }

  async #publish(portion: readonly Message[]): Promise<void> {
    await this.#insist(() => this.#installation.publish(portion))
    this.#published.push(...portion)
  }

  async #post(portion: readonly Message[]): Promise<void> {
    await this.#insist(async () => {
      const response = await fetch(`${this.#installation.apiUrl}/v1/events`, {
        method: 'POST',
        headers: { authorization: 'Bearer only-for-this-test', 'content-type': 'application/json' },
        body: `[${portion.map(({ value }) => value).join()}]`,
        signal: AbortSignal.timeout(ANSWER),
      })
      const answer = await response.text()
      if (response.status !== 202) throw new Error(answer)
      const { failed } = JSON.parse(answer) as { failed: number }
      if (failed > 0) throw new Error(answer)
    })
    const place = { topic: 'app-events', partition: -1, offset: '0', timestamp: Date.now() }
    this.posted.push(...portion.map(({ value }) => ({ ...place, value })))
  }

  async #insist(task: () => Promise<void>): Promise<void> {
    while (!this.#isAbandoned) {
      const isDone = await task().then(
        () => true,
        () => false,
      )
      if (isDone) return
      await delay(RETRY)
    }
  }
}

function loadOptions(events: number): Omit<LoadOptions, 'seed' | 'bad' | 'duplicates'> {
  const to = new Date()
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return { events, customers: CUSTOMERS, from: new Date(to.getTime() - 40 * DAY), to, zone }
}
