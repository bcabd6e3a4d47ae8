import { toDecimal } from '#domain/decimal.ts'
import { enumerated } from '#domain/nearest.ts'
import type { Outcome, Standing } from '#domain/outcome.ts'
import type { Program } from '#domain/program.ts'
import { ranked } from '#domain/ranking.ts'
import type { Win } from '#domain/simulation.ts'
import { print as printLine, printTable } from '../output.ts'
import type { Refusal } from './intake.ts'
import type { Observed, Simulation } from './simulation.ts'

const TOP = 10
/** Lists of rules that give each customer something by themselves. */
const GIVING: ReadonlySet<string> = new Set(['points', 'badges', 'missions', 'tiers'])

interface RuleTotal {
  readonly rule: string
  readonly kind: Outcome['kind']
  /** A badge's level; 0 for everything else. */
  readonly level: number
  customers: number
  times: number
  /** Ten-thousandths. */
  amount: number
}

interface Place extends Standing {
  /** As people write it. */
  readonly customerId: string
  readonly rank: number
}

interface Winner extends Win {
  readonly customer: string
}

/** What a simulation comes to in all, added up customer by customer. */
export class Summary {
  readonly #program: Program
  readonly #rules = new Map<string, RuleTotal>()
  readonly #places = new Map<string, readonly Place[]>()
  readonly #wins = new Map<string, Winner[]>()
  readonly #refused = new Map<string, { count: number; first: number; expected: string }>()

  constructor(program: Program) {
    this.#program = program
  }

  refuse({ code, line, expected }: Refusal): void {
    const known = this.#refused.get(code)
    if (!known) this.#refused.set(code, { count: 1, first: line, expected })
    else {
      known.count++
      if (line < known.first) Object.assign(known, { first: line, expected })
    }
  }

  observe({ key, outcomes, standings, wins }: Observed): void {
    const customer = key.slice(key.indexOf(':') + 1)
    for (const win of wins) {
      const latest = this.#wins.get(win.challenge)
      // Of each challenge the latest settlement is shown.
      if (latest?.[0] && latest[0].settledAt > win.settledAt) continue
      const own = latest?.[0]?.settledAt === win.settledAt ? latest : []
      own.push({ ...win, customer })
      this.#wins.set(win.challenge, own)
    }
    const seen = new Set<RuleTotal>()
    for (const { rule, kind, level, amount } of outcomes) {
      const name = `${kind} ${level} ${rule}`
      const total = this.#rules.get(name) ?? { rule, kind, level, customers: 0, times: 0, amount: 0 }
      this.#rules.set(name, total)
      if (!seen.has(total)) total.customers++
      seen.add(total)
      total.times++
      total.amount += amount
    }
    for (const standing of standings) {
      // As on the boards themselves, only totals above zero are ranked.
      if (standing.total <= 0) continue
      const best = this.#places.get(standing.board) ?? []
      // Of each board the latest period is shown.
      if (best[0] !== undefined && comparePeriods(best[0], standing) > 0) continue
      const places = best[0]?.period === standing.period ? best : []
      this.#places.set(
        standing.board,
        ranked([...places, { ...standing, customerId: customer }]).slice(0, TOP),
      )
    }
  }

  /** In the order of the program; what happens to wallets by themselves last. */
  rules(): readonly RuleTotal[] {
    const order = new Map(this.#program.entries.map(({ id }, i) => [id, i]))
    const isWallet = ({ rule }: RuleTotal) => this.#program.walletRules.has(rule)
    return [...this.#rules.values()].sort(
      (a, b) =>
        Number(isWallet(a)) - Number(isWallet(b)) ||
        order.get(a.rule)! - order.get(b.rule)! ||
        a.level - b.level ||
        (a.kind < b.kind ? -1 : 1),
    )
  }

  /** The rules that gave nobody anything, as one does whose type of events is misspelt; in the order of the program. */
  idle(): readonly string[] {
    const gave = new Set(
      [...this.#rules.values()].flatMap(({ rule, kind }) =>
        kind === 'missed' || kind === 'failed' ? [] : rule,
      ),
    )
    return this.#program.entries.flatMap(({ list, id }) => (GIVING.has(list) && !gave.has(id) ? id : []))
  }

  boards(): readonly { readonly board: string; readonly places: readonly Place[] }[] {
    return this.#program.boards.flatMap(({ id }) => {
      const places = this.#places.get(id)
      return places ? [{ board: id, places }] : []
    })
  }

  /** The first winners of the latest settlement of each challenge. */
  challenges(): readonly { readonly challenge: string; readonly winners: readonly Winner[] }[] {
    return this.#program.challenges.flatMap(({ id }) => {
      const winners = this.#wins.get(id)
      if (!winners) return []
      const inOrder = winners.toSorted((a, b) => a.rank - b.rank || (a.customer < b.customer ? -1 : 1))
      return [{ challenge: id, winners: inOrder.slice(0, TOP) }]
    })
  }

  refused(): readonly { code: string; count: number; first: number; expected: string }[] {
    return [...this.#refused]
      .map(([code, rest]) => ({ code, ...rest }))
      .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
  }
}

/** Names of periods of one board are in the order of time. */
function comparePeriods(a: Standing, b: Standing): number {
  return a.period < b.period ? -1 : a.period > b.period ? 1 : 0
}

/** Tells people what a simulation came to. */
export function printSummary(
  directory: string,
  { intake, asOf, customers }: Simulation,
  summary: Summary,
  output: NodeJS.WritableStream,
): void {
  const print = (line = '') => printLine(line, output)
  const count = (number: number) => number.toLocaleString('en')
  const time = intake.accepted > 0 ? `, as of ${new Date(asOf).toISOString()}` : ''
  print(`${directory}${time}: ${count(customers)} customers`)
  print(
    `${count(intake.lines)} lines: ${count(intake.accepted)} accepted (${count(intake.reversals)} of them reversals), ` +
      `${count(intake.resent)} had come before, ${count(intake.refused)} refused`,
  )
  for (const { code, count: times, first, expected } of summary.refused())
    print(`  ${code}: ${count(times)}, first in line ${first} (expected ${expected})`)
  if (intake.accepted === 0) {
    print(
      'There is nothing to show: a file of events has one event a line, as JSON in UTF-8, not compressed.',
    )
    return
  }
  const rules = summary.rules()
  if (rules.length > 0) print()
  printTable(
    ['rule', 'what', 'customers', 'times', 'points'],
    rules.map(({ rule, kind, level, customers: own, times, amount }) => [
      rule,
      level === 0 ? kind : `${kind} ${level}`,
      own,
      times,
      toDecimal(amount),
    ]),
    output,
  )
  const idle = summary.idle()
  if (idle.length > 0) {
    print()
    print(`Nobody was given anything by ${enumerated(idle)}: look at on, when, from and until there.`)
  }
  for (const { board, places } of summary.boards()) {
    print()
    print(`${board}, ${places[0]!.period}`)
    printTable(
      ['rank', 'customer', 'total'],
      places.map(({ rank, customerId, total }) => [rank, customerId, toDecimal(total)]),
      output,
    )
  }
  for (const { challenge, winners } of summary.challenges()) {
    const { period, settledAt } = winners[0]!
    print()
    print(`winners of ${challenge}, ${period}, settled at ${new Date(settledAt).toISOString()}`)
    printTable(
      ['rank', 'customer', 'prize'],
      winners.map(({ rank, customer, prize }) => [
        rank,
        customer,
        prize ? `${toDecimal(prize.amount)} ${prize.wallet}` : 'nothing left',
      ]),
      output,
    )
  }
}
