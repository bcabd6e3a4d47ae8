import { dayName } from './calendar.ts'
import { toDecimal } from './decimal.ts'
import type { Receipt } from './outcome.ts'

/** What a receipt's numbers count, where that is not ten-thousandths of a value or of points. */
const COUNTS = new Set(['days'])
const DAYS = new Set(['lastDay', 'day'])

/** A receipt as people read it: decimal numbers, and days by their names. */
export function readReceipt(receipt: Receipt): Record<string, number | string> {
  return Object.fromEntries(
    Object.entries(receipt).map(([name, number]) => {
      if (typeof number === 'string' || COUNTS.has(name)) return [name, number]
      return [name, DAYS.has(name) ? dayName(number) : toDecimal(number)]
    }),
  )
}
