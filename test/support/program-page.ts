import type { Event } from '#domain/event.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import type { Outcome } from '#domain/outcome.ts'
import { comparePositions } from '#domain/position.ts'
import { type Program, parseProgram } from '#domain/program.ts'
import { parseTimestamp } from '#domain/timestamp.ts'
import type { Zone } from '#domain/zone.ts'
import { compared, play, sortedAwards } from '../property/book.ts'

/** A worked example of a page: three blocks, as they are written. */
export interface Example {
  readonly program: string
  readonly events: string
  readonly awards: string
}

const BLOCK = /^```(\w+)[^\n]*\n([\s\S]*?)^```$/gm

/**
 * The worked examples of a page of docs/program. Each is a `yaml` block that begins with `program:` (after comments),
 * an `events` block and an `awards` block, in this order; other blocks are no part of one.
 *
 * @throws Error where one of the three is missing
 */
export function examplesOf(page: string): readonly Example[] {
  const blocks = [...page.matchAll(BLOCK)].flatMap(([, language, text]) => {
    const name = language === 'yaml' && /^(#[^\n]*\n)*program:/.test(text!) ? 'program' : language!
    return name === 'program' || name === 'events' || name === 'awards' ? [{ name, text: text! }] : []
  })
  const order = ['program', 'events', 'awards']
  const isWhole = blocks.length % 3 === 0 && blocks.every(({ name }, i) => name === order[i % 3])
  if (!isWhole) {
    const found = blocks.map(({ name }) => name).join(', ')
    throw new Error(`expected blocks of program, events and awards, in this order; there are ${found}`)
  }
  return Array.from({ length: blocks.length / 3 }, (_, i) => {
    const [program, events, awards] = blocks.slice(i * 3).map(({ text }) => text)
    return { program: program!, events: events!, awards: awards! }
  })
}

/**
 * What an example's events come to, as the block `awards` has it: folded at once, and arriving one by one in their
 * order and backwards, which have to agree.
 *
 * @throws Error where they do not, or a line of events cannot be read
 */
export function awardsOf({ program: text, events: block }: Pick<Example, 'program' | 'events'>): string {
  const program = { ...parseProgram('program.yaml', text, 'example'), checkpointEvery: 2 }
  const moments = linesOf(block).map((line, i) => momentOf(line, i + 1, program))
  const events = moments.flatMap(({ event }) => event ?? [])
  const end = Math.max(0, ...moments.map(({ at }) => at))
  const whole = foldAll(NEW_GAME, events, program, end)
  const expected = JSON.stringify(sortedAwards(whole.outcomes.filter(({ kind }) => kind !== 'failed')))
  for (const batches of [[events], events.map((each) => [each]), events.toReversed().map((each) => [each])]) {
    const book = play(batches, program)
    book.advance(end)
    const { live } = compared(book)
    if (JSON.stringify(live.awards) !== expected) throw new Error('the order of arrival changes the awards')
  }
  const rows = whole.outcomes
    .toSorted(comparePositions)
    .map((outcome) => rowOf(outcome, events, program.zone))
  return table(rows)
}

/** A block without what is only layout: the width of its columns, and empty lines. */
export function essence(block: string): string {
  return linesOf(block)
    .map((line) => line.split(/\s{2,}/).join('  '))
    .join('\n')
}

function linesOf(block: string): string[] {
  return block
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

interface Moment {
  /** Unix ms. */
  readonly at: number
  /** Absent where time merely passes. */
  readonly event?: Event
}

const LINE = /^(\d{4}-\d{2}-\d{2} [\d:.]+)\s+(?:\(time passes\)|(\S+)(?:\s+(-?\d[\d.]*))?(?:\s+(\{.*\}))?)$/

function momentOf(line: string, number: number, { zone }: Program): Moment {
  const [, local, type, value, details] = LINE.exec(line) ?? []
  const at = local === undefined ? undefined : parseTimestamp(local, zone)?.instant
  if (at === undefined) {
    const expected = '2026-11-02 09:00  recharge  20  {"channel":"app"}'
    throw new Error(`expected a line of events such as ${expected}, got ${line}`)
  }
  if (type === undefined) return { at }
  return {
    at,
    event: {
      at,
      identity: `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`,
      type,
      source: 'example',
      value: value === undefined ? null : Math.round(Number(value) * 10_000),
      // What Laurel itself writes says it by itself; what producers add is metadata.
      payload: type.startsWith('laurel.') ? (details ?? '{}') : `{"metadata":${details ?? '{}'}}`,
    },
  }
}

function rowOf(outcome: Outcome, events: readonly Event[], zone: Zone): string[] {
  const { at, kind, rule, level, wallet, amount, availableAt, receipt } = outcome
  const occurrence = events.reduce(
    (text, { identity }, i) => text.replaceAll(identity, `<event ${i + 1}>`),
    outcome.occurrence,
  )
  const details = [
    ...(level > 0 ? [String(level)] : []),
    ...(wallet === null ? [] : [`${amount / 10_000} ${wallet}`]),
    ...(availableAt === null ? [] : [`from ${localTime(availableAt, zone)}`]),
    ...(kind === 'failed' ? [String(receipt.error)] : []),
  ]
  return [localTime(at, zone), kind, rule, occurrence, ...details]
}

/** The event that a line of a block of events tells of; its identity has the number. */
export function eventOf(line: string, number: number, program: Program): Event {
  const { event } = momentOf(line.trim(), number, program)
  if (!event) throw new Error(`expected an event, got ${line}`)
  return event
}

/** To the minute, or as far as it has seconds and milliseconds. */
export function localTime(instant: number, zone: Zone): string {
  const [day, time] = new Date(instant + zone.offset(instant)).toISOString().slice(0, -1).split('T')
  return `${day} ${time!.replace(/(:00)?\.000$/, '')}`
}

export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)).concat(all.slice(row.length)),
    [],
  )
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
