import { createReadStream } from 'node:fs'
import { LaurelError } from '#domain/error.ts'

const PORTION = 1 << 20
const NEW_LINE = 10
const RETURN = 13

/**
 * The lines of a file or, for `-`, of standard input, as bytes, a portion at a time.
 *
 * @throws LaurelError ARGUMENT_INVALID where it cannot be read
 */
export async function* linesOf(file: string): AsyncGenerator<readonly Buffer[]> {
  const input = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: PORTION })
  let rest: Buffer[] = []
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      const lines: Buffer[] = []
      let start = 0
      for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, start)) {
        rest.push(chunk.subarray(start, end))
        lines.push(lineOf(rest))
        rest = []
        start = end + 1
      }
      rest.push(chunk.subarray(start))
      yield lines
    }
  } catch (error) {
    throw new LaurelError('ARGUMENT_INVALID', `${file} cannot be read: ${(error as Error).message}`, error)
  }
  const last = lineOf(rest)
  if (last.length > 0) yield [last]
}

function lineOf(parts: readonly Buffer[]): Buffer {
  const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line
}
