import { mkdirSync, statSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { Event } from '#domain/event.ts'
import type { Outcome, Standing } from '#domain/outcome.ts'
import type { Program } from '#domain/program.ts'
import { foldHistory, type History, simulate, type Win } from '#domain/simulation.ts'
import type { Sources } from '#domain/source.ts'
import type { Subject } from '#domain/subject.ts'
import { Contest, type Winners, type Winnings } from './contest.ts'
import { type Intake, type Refusal, type Sorted, takeIn } from './intake.ts'
import { Results } from './results.ts'

/** Bytes of the file in each part: some tens of thousands of events. */
const PART = 4 << 20
const MOST_PARTS = 256
/** Of standard input nobody knows how much will come. */
const PARTS_OF_STREAM = 64

export interface SimulationOptions {
  readonly program: Program
  readonly sources: Sources
  readonly file: string
  readonly topic: string
  /** Unix ms; the time of the last event where undefined. */
  readonly asOf: number | undefined
  readonly explains: boolean
  /** Unix ms: what time it is. */
  readonly now: number
  /** How many parts the events are worked in, of which memory holds one at a time. */
  readonly parts: number
  /** Where temporary files go; made where it is missing. */
  readonly directory: string
  readonly refuse: (refusal: Refusal) => void
  /** Told of every customer once, in no order. */
  readonly observe: (customer: Observed) => void
}

/** What the simulation found of one customer. */
export interface Observed {
  /** The key of the customer's first subject. */
  readonly key: string
  readonly outcomes: readonly Outcome[]
  readonly standings: readonly Standing[]
  readonly wins: readonly Win[]
}

/** What the simulation found of all. */
export interface Simulation {
  readonly intake: Intake
  /** Unix ms. */
  readonly asOf: number
  readonly customers: number
  /** Every customer's result as JSON, by the key of its first subject, in their order. To be read once. */
  readonly results: Generator<{ readonly key: string; readonly text: string }>
}

/** Folds a file's events by a program, offline, each customer from nothing on. */
export async function runSimulation(options: SimulationOptions): Promise<Simulation> {
  const { program, directory, now } = options
  mkdirSync(directory, { recursive: true })
  const sorted = await takeIn({
    ...options,
    payloads: program.payloadTypes,
    arrival: Math.max(now, options.asOf ?? now),
  })
  const asOf = options.asOf ?? sorted.last
  const winners = winnersOf(sorted, program, asOf)
  const results = new Results(directory)
  let customers = 0
  for (const { key, history } of historiesOf(sorted, winners)) {
    const { customer, outcomes, standings } = simulate(history, program, asOf, options.explains)
    results.add(key, JSON.stringify(customer))
    options.observe({ key, outcomes, standings, wins: history.wins })
    customers++
  }
  sorted.customers.remove()
  const { customers: _, links: __, undone: ___, ...intake } = sorted
  return { intake, asOf, customers, results: results.inOrder() }
}

/**
 * Who has won what by an instant. Where rules look at wallets, a prize may change who wins later: everyone is folded anew
 * then, until it changes no more, which takes no more rounds than there are settlements, since each rests on earlier ones.
 */
function winnersOf(sorted: Sorted, program: Program, asOf: number): Winners {
  let winners: Winners = new Map()
  if (program.challenges.length === 0) return winners
  for (;;) {
    const contest = new Contest(program, asOf)
    for (const { key, history } of historiesOf(sorted, winners)) {
      const { outcomes, standings } = foldHistory(history, program, asOf)
      contest.observe(key, outcomes, standings)
    }
    const before = winners
    winners = contest.winners()
    if (!program.looksAround || isDeepStrictEqual(winners, before)) return winners
  }
}

/** Into how many parts a file is to be divided, so that each fits into memory, however large it is. */
export function partsOf(file: string): number {
  if (file === '-') return PARTS_OF_STREAM
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return Math.min(MOST_PARTS, Math.max(1, Math.ceil(size / PART)))
}

/** Everybody's history, by the key of their first subject, a part at a time. */
function* historiesOf(
  sorted: Sorted,
  winners: Winners,
): Generator<{ readonly key: string; readonly history: History }> {
  const members = membersOf(sorted)
  for (const records of sorted.customers.parts()) {
    for (const [key, events] of eventsOf(records, sorted)) {
      const subjects = [key, ...(members.get(key) ?? [])].map(subjectOf)
      const { wins, payments } = winners.get(key) ?? NOTHING
      yield { key, history: { subjects, events, wins, payments } }
    }
  }
}

const NOTHING: Winnings = { wins: [], payments: [] }

/** The events of each customer of a part, by the key of their first subject. */
function eventsOf(
  records: Iterable<readonly string[]>,
  { links, undone }: Sorted,
): ReadonlyMap<string, readonly Event[]> {
  const histories = new Map<string, Event[]>()
  for (const [subject, identity, at, type, source, value, payload] of records) {
    const key = links.find(subject!)
    const events = histories.get(key) ?? []
    histories.set(key, events)
    if (identity === '' || undone.has(identity!)) continue
    events.push({
      identity: identity!,
      at: Number(at),
      type: type!,
      source: source!,
      value: value === '' ? null : Number(value),
      payload: payload!,
    })
  }
  return histories
}

/** The other subjects of customers who have several. */
function membersOf({ links }: Sorted): ReadonlyMap<string, readonly string[]> {
  const members = new Map<string, string[]>()
  for (const key of links.keys()) {
    const root = links.find(key)
    const own = members.get(root) ?? []
    members.set(root, own)
    own.push(key)
  }
  return members
}

function subjectOf(key: string): Subject {
  const end = key.indexOf(':')
  return { kind: key.slice(0, end) as Subject['kind'], value: key.slice(end + 1) }
}
