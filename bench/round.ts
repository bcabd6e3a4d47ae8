import type { Arrival } from './arrival.ts'
import { faultsOf, type Numbers, numbersOf } from './numbers.ts'
import { type BenchPipeline, openPipeline } from './pipeline.ts'
import type { Server } from './server.ts'
import { Stopwatch, type Timing } from './timing.ts'

/** What came of one arrival. */
export interface Run {
  readonly timing: Timing
  readonly numbers: Numbers
  readonly faults: readonly string[]
}

const SLICES = 10

interface Lane {
  readonly arrival: Arrival
  readonly pipeline: BenchPipeline
  readonly stopwatch: Stopwatch
  /** The batches that are recorded. */
  readonly recorded: number[]
}

/**
 * Brings every arrival through all stages, one stage after the other, each on a database of its own. They take
 * turns, a tenth of each at a time: whatever else slows the machine down for a while slows all of them down.
 *
 * @param now when every message arrives, Unix ms
 * @returns what came of each, in the order of the arrivals
 */
export async function round(
  server: Server,
  arrivals: readonly Arrival[],
  now: number,
  abort: AbortSignal,
): Promise<readonly Run[]> {
  return server.withDatabases(arrivals.length, async (urls) => {
    const lanes: Lane[] = []
    try {
      for (const [index, arrival] of arrivals.entries()) {
        const pipeline = await openPipeline(urls[index]!, now)
        lanes.push({ arrival, pipeline, stopwatch: new Stopwatch(), recorded: [] })
      }
      await inTurns(lanes, ({ arrival, pipeline, stopwatch, recorded }, slice) =>
        stopwatch.during('record', () =>
          forEach(sliceOf(arrival.batches, slice), abort, async (batch) => {
            recorded.push(await pipeline.record(batch))
          }),
        ),
      )
      await inTurns(lanes, ({ pipeline, stopwatch, recorded }, slice) =>
        stopwatch.during('score', () => forEach(sliceOf(recorded, slice), abort, pipeline.score)),
      )
      await inTurns(lanes, ({ pipeline, stopwatch, recorded }, slice) =>
        stopwatch.during('gamify', () => forEach(sliceOf(recorded, slice), abort, pipeline.gamify)),
      )
      const runs: Run[] = []
      for (const lane of lanes) runs.push(await resultOf(lane))
      return runs
    } finally {
      for (const { pipeline } of lanes) await pipeline.close()
    }
  })
}

/** Each slice begins with another lane, so that none always follows the same. */
async function inTurns(
  lanes: readonly Lane[],
  work: (lane: Lane, slice: number) => Promise<void>,
): Promise<void> {
  for (let slice = 0; slice < SLICES; slice++) {
    for (let turn = 0; turn < lanes.length; turn++) await work(lanes[(slice + turn) % lanes.length]!, slice)
  }
}

function sliceOf<T>(all: readonly T[], slice: number): readonly T[] {
  const edge = (index: number) => Math.round((index * all.length) / SLICES)
  return all.slice(edge(slice), edge(slice + 1))
}

async function forEach<T>(
  all: readonly T[],
  abort: AbortSignal,
  work: (each: T) => Promise<void>,
): Promise<void> {
  for (const each of all) {
    abort.throwIfAborted()
    await work(each)
  }
}

async function resultOf({ arrival, pipeline, stopwatch }: Lane): Promise<Run> {
  const events = new Set(arrival.batches.flat()).size
  return {
    timing: stopwatch.timing,
    numbers: await numbersOf(pipeline.database),
    faults: await faultsOf(pipeline.database, events),
  }
}
