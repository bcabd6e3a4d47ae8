/**
 * Day buckets: a local day (days since 1970-01-01), how many events it has, and what their values come to in
 * ten-thousandths; then the next such day, ascending. One flat list of whole numbers, since it is read, copied and
 * written for every event: `[20761, 1, 90000, 20763, 2, 150000]`.
 */
export type Buckets = readonly number[]

/** How many numbers a bucket is: where a bucket begins, its day stands, then the count, then the sum. */
export const BUCKET = 3

export const NO_BUCKETS: Buckets = []

/** Adds to a day, in place. Days mostly come in their order, so that the last is looked at first. */
export function addToDay(buckets: number[], day: number, count: number, sum: number): void {
  let i = buckets.length - BUCKET
  while (i >= 0 && buckets[i]! > day) i -= BUCKET
  if (i >= 0 && buckets[i] === day) {
    buckets[i + 1]! += count
    buckets[i + 2]! += sum
  } else {
    buckets.splice(i + BUCKET, 0, day, count, sum)
  }
}

/** Both together. */
export function addBuckets(a: Buckets, b: Buckets): Buckets {
  const all = [...a]
  for (let i = 0; i < b.length; i += BUCKET) addToDay(all, b[i]!, b[i + 1]!, b[i + 2]!)
  return all
}

/** Where the first bucket from a day on begins; the length where all of them lie before it. */
export function indexFrom(buckets: Buckets, day: number): number {
  // Nearly always the day is one of the latest.
  let i = buckets.length
  while (i > 0 && buckets[i - BUCKET]! >= day) i -= BUCKET
  return i
}
