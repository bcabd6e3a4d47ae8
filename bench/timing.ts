/** What the stages took, ms. */
export type Timing = Readonly<Record<keyof typeof NOTHING, number>>

const NOTHING = { record: 0, score: 0, gamify: 0 }

/** Adds up what stages take, portion by portion. */
export class Stopwatch {
  readonly timing = { ...NOTHING }

  /** Does the work, and adds the time that it takes. */
  async during<T>(stage: keyof Timing, work: () => Promise<T>): Promise<T> {
    const begun = performance.now()
    const result = await work()
    this.timing[stage] += performance.now() - begun
    return result
  }
}

/** All stages, one after the other. */
export function wholePath({ record, score, gamify }: Timing): number {
  return record + score + gamify
}

/** The middle of them; of an even number the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
