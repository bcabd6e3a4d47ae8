import { dayName } from './calendar.ts'
import { toDecimal } from './decimal.ts'
import type { Receipt } from './outcome.ts'

/** What a receipt's numbers count, where that is not ten-thousandths of a value or of points. */
const COUNTS = new Set(['days', 'matches', 'needed', 'periods', 'reached'])
const DAYS = new Set(['lastDay', 'day'])
const INSTANTS = new Set(['startedAt', 'endedAt'])

/** A receipt as people read it: decimal numbers, days by their names, and times in ISO 8601. */
export function readReceipt(receipt: Receipt): Record<string, number | string> {
  return Object.fromEntries(
    Object.entries(receipt).map(([name, number]) => {
      if (typeof number === 'string' || COUNTS.has(name)) return [name, number]
      if (INSTANTS.has(name)) return [name, new Date(number).toISOString()]
      return [name, DAYS.has(name) ? dayName(number) : toDecimal(number)]
    }),
  )
}
