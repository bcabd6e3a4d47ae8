import type { Batch } from '#domain/message.ts'
import type { Verdict } from '#pipeline/normalization.ts'
import type { Range } from '#stream/reader.ts'

/** The latest time that JavaScript can write; a record may say any. */
const LATEST = 8.64e15

/** How far a replay is, and what it has found. */
export class Progress {
  read = 0
  readonly #counts = { accepted: 0, duplicate: 0, failed: 0 }
  readonly #from: number
  readonly #ranges: readonly Range[]
  /** Of each partition: what was recorded last. */
  readonly #last = new Map<number, { readonly offset: bigint; readonly at: number }>()

  constructor(from: number, ranges: readonly Range[]) {
    this.#from = from
    this.#ranges = ranges
  }

  add({ partition, messages }: Batch, verdicts: readonly Verdict['status'][]): void {
    this.read += messages.length
    for (const status of verdicts) this.#counts[status] += 1
    const last = messages.at(-1)
    if (!last) return
    const at = last.timestamp <= LATEST ? Math.max(this.#from, last.timestamp) : this.#from
    this.#last.set(partition, { offset: BigInt(last.offset), at })
  }

  /** How many messages there are at most; a transaction's markers are counted, too. */
  total(): number {
    return this.#ranges.reduce((sum, { start, end }) => sum + Number(BigInt(end) - BigInt(start)), 0)
  }

  /**
   * The time to go on from, Unix ms. Each partition is read from its first record of that time or later, which
   * is never behind the last one that was recorded.
   */
  resume(): number {
    const times = this.#ranges.flatMap(({ partition, start, end }) => {
      if (start === end) return []
      const last = this.#last.get(partition)
      if (!last) return [this.#from]
      return last.offset + 1n < BigInt(end) ? [last.at] : []
    })
    return times.length === 0 ? this.#from : Math.min(...times)
  }

  /** `411 new, 391 duplicates, 10 failed` */
  describe(): string {
    const { accepted, duplicate, failed } = this.#counts
    return `${accepted} new, ${duplicate} duplicates, ${failed} failed`
  }
}
