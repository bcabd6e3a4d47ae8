/** A cell; numbers stand to the right, and are written with the decimals that their column has. */
export type Cell = string | number

export interface Column {
  readonly heading: string
  /** Digits behind the point, of numbers. */
  readonly decimals?: number
  readonly unit?: string
}

/** A table in Markdown whose columns are aligned, so that it reads as well in a terminal. */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string {
  const isNumber = columns.map((_, index) => rows.every((row) => typeof row[index] === 'number'))
  const cells = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => columns.map((column, index) => write(row[index] ?? '', column))),
  ]
  const widths = columns.map((_, index) => Math.max(3, ...cells.map((row) => row[index]!.length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join(' | ')} |`
  const rule = `|${widths.map((width, i) => `${'-'.repeat(width + 1)}${isNumber[i] ? ':' : '-'}`).join('|')}|`
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n')
}

function write(cell: Cell, { decimals = 0, unit = '' }: Column): string {
  if (typeof cell === 'string') return cell
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals }
  return `${cell.toLocaleString('en-US', digits)}${unit}`
}
