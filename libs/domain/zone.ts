const SECOND = 1_000
const QUARTER_HOUR = 900_000
const DAY = 86_400_000
const CACHED_OFFSETS = 20_000

/**
 * An IANA time zone as arithmetic on Unix ms. Offsets are cached by quarter of an hour, since asking Intl
 * for each event costs more than the rest of its normalization.
 */
export class Zone {
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  readonly #offsets = new Map<number, number>()
  /** Of the last answer: the rules of an event ask for the same day one after the other. */
  #instant = Number.NaN
  #day = Number.NaN

  /** @throws RangeError where the runtime knows no zone of this name */
  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    this.name = name
  }

  /** Local time minus UTC at an instant, ms. */
  offset(instant: number): number {
    const quarter = Math.floor(instant / QUARTER_HOUR)
    const offset = this.#offsets.get(quarter) ?? this.#askForQuarter(quarter)
    return Number.isNaN(offset) ? this.#ask(Math.floor(instant / SECOND) * SECOND) : offset
  }

  /** Nearly every change falls between two quarters; NaN for the rare one that it falls into. */
  #askForQuarter(quarter: number): number {
    const first = this.#ask(quarter * QUARTER_HOUR)
    const last = this.#ask((quarter + 1) * QUARTER_HOUR - SECOND)
    const offset = first === last ? first : Number.NaN
    if (this.#offsets.size >= CACHED_OFFSETS) this.#offsets.clear()
    this.#offsets.set(quarter, offset)
    return offset
  }

  /** The local calendar day of an instant, as days since 1970-01-01. */
  day(instant: number): number {
    if (instant !== this.#instant) {
      this.#day = Math.floor((instant + this.offset(instant)) / DAY)
      this.#instant = instant
    }
    return this.#day
  }

  /** The first instant of a local day, given as days since 1970-01-01; Unix ms. */
  start(day: number): number {
    return this.instant(day * DAY)
  }

  /**
   * The first instant of a local day that lies after another instant; of the next one where it does not. (Where
   * clocks went back over midnight, a day has begun before events of the day before it.)
   */
  startAfter(day: number, instant: number): number {
    const start = this.start(day)
    return start > instant ? start : this.start(day + 1)
  }

  /**
   * The instant of a local time (given as if it were UTC ms). Where clocks go back and it occurs twice, the
   * first; where they go forward and it does not occur, the time as it would have been without the change
   * (02:30 in a gap from 02:00 to 03:00 is 03:30).
   */
  instant(local: number): number {
    const before = local - this.offset(local - DAY)
    if (before + this.offset(before) === local) return before
    const after = local - this.offset(local + DAY)
    if (after + this.offset(after) === local) return after
    return before
  }

  #ask(instant: number): number {
    const part: Record<string, string> = {}
    for (const { type, value } of this.#format.formatToParts(instant)) part[type] = value
    const year = part.era === 'BC' ? 1 - Number(part.year) : Number(part.year)
    const local = new Date(0)
    local.setUTCFullYear(year, Number(part.month) - 1, Number(part.day))
    local.setUTCHours(Number(part.hour), Number(part.minute), Number(part.second), 0)
    return local.getTime() - instant
  }
}
