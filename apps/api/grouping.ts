import type { Delivery } from '#pipeline/delivery.ts'
import type { Verdict } from '#pipeline/normalization.ts'
import { Late, within } from '#runtime/deadline.ts'
import { PATIENCE } from './answer.ts'

/** A request's deliveries on their way into the store, and who waits for their verdicts. */
interface Waiting {
  readonly deliveries: readonly Delivery[]
  readonly resolve: (verdicts: readonly Verdict[]) => void
  readonly reject: (error: unknown) => void
}

export interface GroupingLimits {
  /** ms that a request waits for others to join it. */
  readonly pause: number
  /** A group is complete with so many messages; a request is never divided. */
  readonly messages: number
  /** Groups in the store's hands at once. Those that come meanwhile make larger groups. */
  readonly parallel: number
  /** Messages that wait at most; more are refused. */
  readonly waiting: number
  /** ms that anybody waits for a verdict. */
  readonly patience: number
}

const GROUPING_LIMITS: GroupingLimits = {
  pause: 5,
  messages: 500,
  parallel: 4,
  waiting: 50_000,
  patience: PATIENCE,
}

/** Thrown where more messages wait than the store can take. */
export class Overloaded extends Error {}

/**
 * Puts requests that arrive together into one transaction. Each request is stored as a whole or not at all,
 * and gets the verdicts of its own deliveries.
 */
export class Grouping {
  readonly #record: (deliveries: readonly Delivery[]) => Promise<readonly Verdict[]>
  readonly #limits: GroupingLimits
  readonly #running = new Set<Promise<void>>()
  #queue: Waiting[] = []
  #messages = 0
  #timer: NodeJS.Timeout | undefined

  /** @param record stores deliveries in one transaction; its verdicts stand in their order */
  constructor(
    record: (deliveries: readonly Delivery[]) => Promise<readonly Verdict[]>,
    limits: GroupingLimits = GROUPING_LIMITS,
  ) {
    this.#record = record
    this.#limits = limits
  }

  /**
   * @throws Overloaded, Late, or what `record` throws for the group. After Late a group that the store has in
   *   hand may still be stored; what was not in its hands is not.
   */
  async add(deliveries: readonly Delivery[]): Promise<readonly Verdict[]> {
    if (this.#messages > 0 && this.#messages + deliveries.length > this.#limits.waiting)
      throw new Overloaded()
    const verdicts = new Promise<readonly Verdict[]>((resolve, reject) => {
      this.#queue.push({ deliveries, resolve, reject })
      this.#messages += deliveries.length
      if (this.#messages >= this.#limits.messages) this.#flush()
      else this.#timer ??= setTimeout(() => this.#flush(), this.#limits.pause)
    })
    try {
      return await within(verdicts, this.#limits.patience)
    } catch (error) {
      if (error instanceof Late) this.#forget(deliveries)
      throw error
    }
  }

  /** Stores what waits, and returns when all of it is. */
  async drain(): Promise<void> {
    while (this.#queue.length > 0 || this.#running.size > 0) {
      this.#flush()
      await Promise.all(this.#running)
    }
  }

  #forget(deliveries: readonly Delivery[]): void {
    const place = this.#queue.findIndex((waiting) => waiting.deliveries === deliveries)
    if (place === -1) return
    this.#queue.splice(place, 1)
    this.#messages -= deliveries.length
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#queue.length > 0 && this.#running.size < this.#limits.parallel) {
      const running = this.#run(this.#take()).finally(() => {
        this.#running.delete(running)
        if (this.#queue.length > 0) this.#flush()
      })
      this.#running.add(running)
    }
  }

  /** The requests that make the next group: as many as it may hold, but at least one. */
  #take(): Waiting[] {
    let messages = 0
    let count = 0
    for (const { deliveries } of this.#queue) {
      if (count > 0 && messages + deliveries.length > this.#limits.messages) break
      messages += deliveries.length
      count++
    }
    this.#messages -= messages
    return this.#queue.splice(0, count)
  }

  async #run(group: readonly Waiting[]): Promise<void> {
    try {
      const verdicts = await this.#record(group.flatMap(({ deliveries }) => deliveries))
      let start = 0
      for (const { deliveries, resolve } of group) {
        resolve(verdicts.slice(start, start + deliveries.length))
        start += deliveries.length
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }
}
