import { LaurelError } from '#domain/error.ts'
import { parseTimestamp } from '#domain/timestamp.ts'
import { Zone } from '#domain/zone.ts'

/** Unix ms. */
export interface Period {
  readonly from: number
  /** Not included; undefined for what is there when the command starts. */
  readonly to?: number
}

const UTC = new Zone('UTC')
const NAMES_ZONE = /([Zz]|[+-]\d{2}(:?\d{2})?)$/

/**
 * Reads --from and --to. A time must name its zone: Kafka's own times have none, and neither the machine's nor
 * the program's is a safe guess.
 *
 * @throws LaurelError ARGUMENT_INVALID with what to write instead
 */
export function periodOf(written: { from: string; to?: string | undefined }, now: number): Period {
  const from = timeOf('--from', written.from)
  if (written.to === undefined) {
    if (from > now) throw invalid(`--from ${written.from} lies in the future: there is nothing to read yet.`)
    return { from }
  }
  const to = timeOf('--to', written.to)
  if (from >= to) {
    throw invalid(
      `--from ${written.from} is not before --to ${written.to}: write the earlier time after --from.`,
    )
  }
  return { from, to }
}

function timeOf(option: string, text: string): number {
  const time = parseTimestamp(text, UTC)
  if (time === undefined) {
    throw invalid(
      `${option} ${text} is no time: write date, time and zone, such as 2026-11-01T10:00Z or 2026-11-01T10:00+06:00.`,
    )
  }
  if (!NAMES_ZONE.test(text)) {
    throw invalid(
      `${option} ${text} names no zone: write ${text}Z for UTC, or put your zone's offset behind it, such as ${text}+06:00.`,
    )
  }
  return time.instant
}

function invalid(message: string): LaurelError {
  return new LaurelError('ARGUMENT_INVALID', message)
}
