import { join } from 'node:path'
import { LaurelError } from '#domain/error.ts'
import type { SimulatedCustomer } from '#domain/simulation.ts'
import { print, printTable } from './output.ts'
import { type EventOptions, eventsOf, inTemporaryDirectory, load } from './simulate.ts'
import { type Difference, Differences, difference, inWords } from './simulation/difference.ts'
import { runSimulation, type Simulation, type SimulationOptions } from './simulation/simulation.ts'

/** Customers that are named in words; all of them are in the JSON. */
const NAMED = 10

/** Shows what customers would have by one program and not by another, over a file of events. */
export async function comparePrograms(
  directories: readonly [before: string, after: string],
  options: EventOptions & { readonly json?: boolean },
): Promise<void> {
  if (options.events === '-') {
    throw new LaurelError(
      'ARGUMENT_INVALID',
      'The events are read twice: write them into a file, and name that.',
    )
  }
  await inTemporaryDirectory(async (temporary) => {
    const run = (directory: string, name: string, asOf: number | undefined) => {
      const given: SimulationOptions = {
        ...eventsOf(options),
        ...load(directory),
        asOf,
        explains: false,
        directory: join(temporary, name),
        refuse: () => {},
        observe: () => {},
      }
      return runSimulation(given)
    }
    const before = await run(directories[0], 'before', options.asOf)
    const after = await run(directories[1], 'after', before.asOf)
    const totals = new Differences()
    const named: Difference[] = []
    for (const each of differencesOf(before, after)) {
      totals.add(each)
      if (options.json) await printLine(JSON.stringify(each))
      else if (named.length < NAMED) named.push(each)
    }
    tell(directories, before, after, totals, named, options.json ? process.stderr : process.stdout)
  })
}

/** The customers who have something else, in the order of their ids. */
function* differencesOf(before: Simulation, after: Simulation): Generator<Difference> {
  let [old, own] = [before.results.next(), after.results.next()]
  while (!old.done || !own.done) {
    const isOld = !old.done && (own.done || old.value.key <= own.value.key)
    const isOwn = !own.done && (old.done || own.value.key <= old.value.key)
    const found = difference(
      isOld ? (JSON.parse(old.value!.text) as SimulatedCustomer) : undefined,
      isOwn ? (JSON.parse(own.value!.text) as SimulatedCustomer) : undefined,
    )
    if (found) yield found
    if (isOld) old = before.results.next()
    if (isOwn) own = after.results.next()
  }
}

function tell(
  [from, to]: readonly [string, string],
  before: Simulation,
  after: Simulation,
  totals: Differences,
  named: readonly Difference[],
  output: NodeJS.WritableStream,
): void {
  const customers = Math.max(before.customers, after.customers)
  print(
    `${to} in the place of ${from}, as of ${new Date(after.asOf).toISOString()}: ` +
      `${totals.customers} of ${customers} customers would have something else.`,
    output,
  )
  const rules = totals.rules()
  if (rules.length > 0) {
    print('', output)
    printTable(
      ['rule', 'what', 'customers gaining', 'losing', 'awards given', 'taken back', 'points'],
      rules.map(({ rule, kind, level, gaining, losing, given, taken, points }) => [
        rule,
        level === 0 ? kind : `${kind} ${level}`,
        gaining,
        losing,
        given,
        taken,
        points,
      ]),
      output,
    )
  }
  if (named.length > 0) print('', output)
  for (const each of named) print(inWords(each), output)
  const others = totals.customers - named.length
  if (named.length > 0 && others > 0) print(`and ${others} others: --json has them all`, output)
}

async function printLine(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`))
    await new Promise((resolve) => process.stdout.once('drain', resolve))
}
