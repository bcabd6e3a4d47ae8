import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { arrivals } from './arrival.ts'
import { compare } from './baseline/comparison.ts'
import { load } from './load.ts'
import { type Machine, machine, machineLine } from './machine.ts'
import { measureMicro } from './micro.ts'
import { differences } from './numbers.ts'
import {
  better,
  brief,
  type Committed,
  complaint,
  judge,
  middle,
  type Ratio,
  TOLERANCE,
  type Verdict,
} from './ratio.ts'
import { round } from './round.ts'
import { withServer } from './server.ts'
import { table } from './table.ts'
import { wholePath } from './timing.ts'

type Log = (line: string) => void

/** Some ratios that are measured together, side by side. */
interface Measure {
  readonly name: string
  readonly run: (abort: AbortSignal, log: Log) => Promise<Measured>
}

interface Measured {
  readonly ratios: readonly Ratio[]
  /** PostgreSQL's; undefined where none took part. */
  readonly version?: string
  readonly faults: readonly string[]
}

/** What the ratios were when somebody last said so. */
interface CommittedRatios {
  readonly machine: Machine
  readonly ratios: Committed
}

const FILE = resolve(import.meta.dirname, 'ratios.json')
const DAYS = 30
const DAY = 86_400_000
const SEED = 1
const ROUNDS = 5

const MEASURES: readonly Measure[] = [
  { name: 'baselines', run: measureBaselines },
  { name: 'disorder', run: measureDisorder },
  { name: 'micro', run: measurePure },
]

/**
 * Compares ratios with those that were committed. What is worse by more than noise is measured once more, and lost
 * only where it is so again.
 *
 * @returns whether all were kept, and every result was right
 */
export async function check(abort: AbortSignal, log: Log): Promise<boolean> {
  const committed = readCommitted()
  const ratios: Ratio[] = []
  const faults: string[] = []
  for (const { name, run } of MEASURES) {
    log(`measuring ${name}`)
    const first = await run(abort, log)
    faults.push(...first.faults)
    const lost = judge(first.ratios, committed.ratios).filter(({ loss }) => loss > TOLERANCE)
    if (lost.length === 0) {
      ratios.push(...first.ratios)
      continue
    }
    log(`measuring ${name} once more: ${lost.map(complaint).join('; ')}`)
    const second = await run(abort, log)
    faults.push(...second.faults)
    ratios.push(...better(first.ratios, second.ratios))
  }
  const verdicts = judge(ratios, committed.ratios)
  process.stdout.write(`\n${verdictTable(verdicts)}\n\nCommitted: ${machineLine(committed.machine)}\n`)
  for (const fault of faults) log(`WRONG: ${fault}`)
  const complaints = verdicts.flatMap((each) => complaint(each) ?? [])
  for (const each of complaints) log(`LOST: ${each}`)
  if (complaints.length > 0) {
    log(
      `More than ${TOLERANCE * 100} % was lost, or is not as committed. Where that is meant, run ` +
        '`npm run bench:check -- --write` on a quiet machine and commit bench/ratios.json with the reason.',
    )
  }
  return complaints.length === 0 && faults.length === 0
}

/** Makes what is measured now what later runs are compared with. @returns whether every result was right */
export async function renew(abort: AbortSignal, log: Log): Promise<boolean> {
  const ratios: Ratio[] = []
  const faults: string[] = []
  let version = ''
  for (const { name, run } of MEASURES) {
    log(`measuring ${name}, twice`)
    const [first, second] = [await run(abort, log), await run(abort, log)]
    ratios.push(...middle(first.ratios, second.ratios))
    faults.push(...first.faults, ...second.faults)
    version = first.version ?? version
  }
  for (const fault of faults) log(`WRONG: ${fault}`)
  if (faults.length > 0) return false
  const renewed: CommittedRatios = {
    machine: machine(version),
    ratios: Object.fromEntries(ratios.map(({ name, value }) => [name, Number(brief(value))])),
  }
  writeFileSync(FILE, `${JSON.stringify(renewed, null, 2)}\n`)
  process.stdout.write(`\n${verdictTable(judge(ratios, renewed.ratios))}\n`)
  return true
}

function readCommitted(): CommittedRatios {
  if (!existsSync(FILE))
    throw new Error(`${FILE} is missing: npm run bench:check -- --write measures and writes it`)
  return JSON.parse(readFileSync(FILE, 'utf8')) as CommittedRatios
}

async function measureBaselines(abort: AbortSignal, log: Log): Promise<Measured> {
  const options = { events: 40_000, customers: 20_000, few: 1_500, seed: SEED }
  const { laurel, jobs, loop, bulk, statements, version, faults } = await compare(options, abort, log)
  const ratios: readonly Ratio[] = [
    { name: 'events/s: Laurel ÷ a job an event and stage', better: 'higher', value: laurel.rate / jobs.rate },
    { name: 'events/s: Laurel ÷ bulk statements alone', better: 'higher', value: laurel.rate / bulk.rate },
    { name: 'CPU: Laurel ÷ a job an event and stage', better: 'lower', value: laurel.cpu / jobs.cpu },
    { name: 'CPU: Laurel ÷ a loop over messages', better: 'lower', value: laurel.cpu / loop.cpu },
    { name: 'CPU: Laurel ÷ bulk statements alone', better: 'lower', value: laurel.cpu / bulk.cpu },
    { name: 'statements a batch', better: 'lower', value: statements },
    { name: 'bytes of WAL an event', better: 'lower', value: laurel.wal },
    { name: 'bytes to Redis an event', better: 'lower', value: laurel.redis },
  ]
  return { ratios, version, faults }
}

/** Each order of arrival as the `disorder` bench has it, in its ratio to events that come in order. */
async function measureDisorder(abort: AbortSignal, log: Log): Promise<Measured> {
  const to = Date.now()
  const events = load({ seed: SEED, events: 10_000, customers: 1_000, from: to - DAYS * DAY, to })
  const orders = arrivals(events, SEED)
  return withServer(
    abort,
    () => {},
    async (server) => {
      const runs = await round(server, orders, to, abort)
      const [inOrder] = runs
      const ratios = runs.slice(1).map(({ timing }, i): Ratio => {
        const value = wholePath(timing) / wholePath(inOrder!.timing)
        log(`${orders[i + 1]!.name}: ${brief(value)}`)
        return { name: `${orders[i + 1]!.name} ÷ in order`, better: 'lower', value }
      })
      const faults = runs.flatMap((run, i) =>
        [...run.faults, ...differences(inOrder!.numbers, run.numbers)].map(
          (fault) => `${orders[i]!.name}: ${fault}`,
        ),
      )
      return { ratios, version: server.version, faults }
    },
  )
}

/** What the pure pieces allocate, and how often they call what is dear: by event. */
async function measurePure(abort: AbortSignal): Promise<Measured> {
  const { pieces, calls, faults } = await measureMicro(ROUNDS, abort)
  const ratios = [
    ...pieces.map(({ name, bytes }): Ratio => ({ name: `bytes: ${name}`, better: 'lower', value: bytes })),
    { name: 'hashes an event', better: 'lower', value: calls.hashes } as const,
    { name: 'CEL expressions an event', better: 'lower', value: calls.expressions } as const,
  ]
  return { ratios, faults }
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const digits = (value: number | undefined) => (value === undefined ? '–' : brief(value))
  return table(
    [
      { heading: 'ratio' },
      { heading: 'committed' },
      { heading: 'now' },
      { heading: 'worse by' },
      { heading: '' },
    ],
    verdicts.map(({ name, committed, value, loss, isKept }) => [
      name,
      digits(committed),
      digits(value),
      `${Math.round(loss * 100) || 0} %`,
      isKept ? 'kept' : 'LOST',
    ]),
  )
}
