import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { median } from './timing.ts'

/** Something pure to measure, over and over on the same inputs. */
export interface Piece {
  readonly name: string
  /** Operations of one pass over all inputs. */
  readonly operations: number
  readonly inputs: number
  /** Works on one input; answers what keeps the work from being left out. */
  work(input: number): unknown
}

/** What a piece costs, by operation. */
export interface Measured {
  readonly name: string
  /** By CPU time. */
  readonly opsPerSecond: number
  /** Allocated on the heap, garbage or not: the same in every run, whatever else the machine does. */
  readonly bytes: number
}

/** @param count how many operations an input stands for */
export function piece<Input>(
  name: string,
  inputs: readonly Input[],
  work: (input: Input) => unknown,
  count: (input: Input) => number = () => 1,
): Piece {
  return {
    name,
    operations: inputs.reduce((sum, input) => sum + count(input), 0),
    inputs: inputs.length,
    work: (input) => work(inputs[input]!),
  }
}

const ROUND = 60
const WARM_UP = 250
/** Well below the megabyte after which V8 collects what is new. */
const PORTION = 256 * 1_024
const PROBE = 16
const PASSES = 3

/**
 * Measures pieces in rounds: they take turns, so that whatever slows the machine down slows all of them; of the
 * rounds the median counts.
 *
 * @param breathe awaited between two measurements, and may throw to end them
 */
export async function measurePieces(
  pieces: readonly Piece[],
  rounds: number,
  breathe: () => Promise<void>,
): Promise<readonly Measured[]> {
  for (const each of pieces) {
    speed(each, WARM_UP)
    await breathe()
  }
  const bytes: number[] = []
  for (const each of pieces) {
    bytes.push(median(Array.from({ length: PASSES }, () => allocated(each))))
    await breathe()
  }
  const speeds: number[][] = pieces.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, each] of pieces.entries()) {
      speeds[index]!.push(speed(each, ROUND))
      await breathe()
    }
  }
  return pieces.map(({ name }, index) => ({
    name,
    opsPerSecond: median(speeds[index]!),
    bytes: bytes[index]!,
  }))
}

/** Where a result is kept, so that V8 cannot find that nobody wants it. */
const last: { result: unknown } = { result: undefined }

/**
 * Operations a second of CPU, of as many whole passes as take a time (ms): what others do on the machine counts for
 * little, and what V8 does on threads of its own counts, too.
 */
function speed(piece: Piece, least: number): number {
  let passes = 0
  let taken = 0
  const begun = cpu()
  do {
    for (let input = 0; input < piece.inputs; input++) last.result = piece.work(input)
    passes++
    taken = cpu() - begun
  } while (taken < least)
  return (passes * piece.operations * 1_000) / taken
}

/** What this process has taken, ms. */
function cpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** Bytes an operation, of one pass in portions that no collection falls into. */
function allocated(piece: Piece): number {
  const probe = Math.min(PROBE, piece.inputs)
  const each = Math.max(1, growth(piece, 0, probe) / probe)
  const step = Math.max(1, Math.floor(PORTION / each))
  let sum = 0
  for (let input = 0; input < piece.inputs; input += step) {
    sum += growth(piece, input, Math.min(piece.inputs, input + step))
  }
  return sum / piece.operations
}

/** How much the heap grows by the work on some inputs, without what asking for that costs. */
function growth(piece: Piece, from: number, to: number): number {
  const [asking, all] = [grown(piece, from, from), grown(piece, from, to)]
  return all - asking
}

function grown(piece: Piece, from: number, to: number): number {
  collect({ type: 'minor' })
  const before = process.memoryUsage().heapUsed
  for (let input = from; input < to; input++) last.result = piece.work(input)
  return process.memoryUsage().heapUsed - before
}

// Asked for here and not on the command line, so that whoever measures need not start another process.
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void
