import { LaurelError } from '#domain/error.ts'

/** One line for people, on standard output unless another way is named. */
export function print(line = '', output: NodeJS.WritableStream = process.stdout): void {
  output.write(`${line}\n`)
}

/** Data for programs: one JSON value. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2))
}

/** Ends the command where whoever reads its output has read enough, as `head` does. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
}

/** Rows under their headings, columns aligned, numbers to the right. */
export function printTable(
  headings: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  output: NodeJS.WritableStream = process.stdout,
): void {
  const cells = [headings, ...rows].map((row) => row.map(String))
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  for (const [index, row] of cells.entries()) {
    const padded = row.map((cell, column) =>
      index > 0 && typeof rows[index - 1]?.[column] === 'number'
        ? cell.padStart(widths[column]!)
        : cell.padEnd(widths[column]!),
    )
    print(padded.join('  ').trimEnd(), output)
  }
}

/** What an error says to a person: what went wrong and what to do next; never a stack. */
export function describe(error: unknown): string {
  if (error instanceof LaurelError) return error.message
  const message = error instanceof Error ? error.message || error.name : String(error)
  return `${message}\nThis is not an error Laurel knows. Run the command again; if it stays, report it with LOG_LEVEL=debug.`
}
