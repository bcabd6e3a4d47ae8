const DAY = 86_400_000
const PROGRAM_ZONE = 'Asia/Dhaka'

const formats = new Map<string, Intl.DateTimeFormat>()

/** The offset from UTC that a zone's clocks show at an instant, ms: read from Intl's `GMT+06:00`. */
function offsetAt(instant: number, zone: string): number {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    formats.set(zone, format)
  }
  const name = format.formatToParts(instant).find((part) => part.type === 'timeZoneName')?.value ?? ''
  const match = /^GMT(?:([+-])(\d{2}):(\d{2}))?$/.exec(name)
  if (!match) throw new Error(`Intl calls the offset of ${zone} "${name}", which is not understood`)
  const [, sign, hours = '0', minutes = '0'] = match
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
}

/** The program's local day of an instant, as days since 1970-01-01. */
export function dayOf(instant: number): number {
  return Math.floor((instant + offsetAt(instant, PROGRAM_ZONE)) / DAY)
}

/** The ISO week that a day lies in, `2026-W48`: it belongs to the year of its Thursday. */
export function weekOf(day: number): string {
  const sinceMonday = (new Date(day * DAY).getUTCDay() + 6) % 7
  const thursday = new Date((day - sinceMonday + 3) * DAY)
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  const week = Math.floor((thursday.getTime() - newYear) / DAY / 7) + 1
  return `${thursday.getUTCFullYear()}-W${String(week).padStart(2, '0')}`
}

/** When the ISO week that a day lies in is over, ISO 8601. */
export function weekEndOf(day: number): string {
  const sinceMonday = (new Date(day * DAY).getUTCDay() + 6) % 7
  return new Date(instantOf((day - sinceMonday + 7) * DAY, PROGRAM_ZONE)).toISOString()
}

/**
 * The instant of a local time, given as if it were UTC. Where it occurs twice, the first; where clocks skip
 * it, what it would have been had they not.
 */
function instantOf(local: number, zone: string): number {
  const before = offsetAt(local - DAY, zone)
  const after = offsetAt(local + DAY, zone)
  for (const offset of [before, after]) {
    if (offsetAt(local - offset, zone) === offset) return local - offset
  }
  return local - before
}

const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?:(:\d{2})(?:[.,](\d{1,18}))?)?\s?([Zz]|[+-]\d{2}(?::?\d{2})?)?$/

/** Unix ms of an ISO 8601 timestamp; undefined where there is no such time. */
export function readTimestamp(
  text: string,
  hostZone: string,
): { instant: number; fraction: boolean } | undefined {
  const match = TIMESTAMP.exec(text)
  if (!match) return undefined
  const [, date, minutes, seconds, fraction, zone] = match
  const written = `${date}T${minutes}${seconds ?? ':00'}.${(fraction ?? '').slice(0, 3).padEnd(3, '0')}Z`
  const local = new Date(written)
  // The 30th of February parses as the 2nd of March: only what comes back as it was written exists.
  if (Number.isNaN(local.getTime()) || local.toISOString() !== written) return undefined
  if (zone === undefined) {
    return { instant: instantOf(local.getTime(), hostZone), fraction: fraction !== undefined }
  }
  const [hours, minutesEast] = /^z$/i.test(zone)
    ? [0, 0]
    : [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))]
  if (hours > 18 || minutesEast > 59) return undefined
  const offset = (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutesEast) * 60_000
  return { instant: local.getTime() - offset, fraction: fraction !== undefined }
}
