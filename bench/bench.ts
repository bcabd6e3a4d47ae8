import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { LaurelError } from '#domain/error.ts'
import { type BaselinesOptions, baselines } from './baselines.ts'
import { check, renew } from './check.ts'
import { type DisorderOptions, disorder } from './disorder.ts'
import { type GrowthOptions, growth } from './growth.ts'
import { type LatencyOptions, latency } from './latency.ts'
import { LAWS } from './load.ts'
import { type MicroOptions, micro } from './micro.ts'
import { PROGRAMS } from './program.ts'
import { type ProgramsOptions, programs } from './programs.ts'
import { type RepairOptions, repair } from './repair.ts'
import { type Report, writeSection } from './report.ts'
import { type ScaleOptions, scale } from './scale.ts'
import { type Server, withServer } from './server.ts'
import { type ShapesOptions, shapes } from './shapes.ts'
import { type ThroughputOptions, throughput } from './throughput.ts'

interface OutputOptions {
  readonly json?: string
  readonly write?: boolean
}

type Log = (line: string) => void
type Bench<Options> = (options: Options, abort: AbortSignal, log: Log) => Promise<Report>

/** A bench that needs PostgreSQL alone. */
function onServer<Options>(
  bench: (options: Options, server: Server, abort: AbortSignal, log: Log) => Promise<Report>,
): Bench<Options> {
  return (options, abort, log) => withServer(abort, log, (server) => bench(options, server, abort, log))
}

const PROGRAM_NAMES = Object.keys(PROGRAMS)
const PAGE = resolve(import.meta.dirname, '../docs/performance.md')

const program = new Command('bench')
  .description(
    'Measures Laurel on this machine, with services of its own (disorder takes the PostgreSQL of DATABASE_URL, if set).',
  )
  .showHelpAfterError('Run it with --help to see what it takes.')

benchCommand<DisorderOptions>(
  'disorder',
  'what it costs that events arrive late, shuffled or twice',
  onServer(disorder),
)
  .addOption(count('--events <n>', 'how many events', 60_000))
  .addOption(count('--customers <n>', 'of how many customers', 6_000))
  .addOption(count('--seed <n>', 'another load for each', 1))
  .addOption(count('--rounds <n>', 'how often to measure at most; the median counts', 3))
  .addOption(count('--seconds <n>', 'begin no further round that would end later', 170))

benchCommand<LatencyOptions>(
  'latency',
  'how long events take from Kafka to gamified at even paces, and where they spend that time',
  latency,
)
  .addOption(count('--events <n>', 'how many events measure the capacity', 100_000))
  .addOption(count('--customers <n>', 'of how many customers', 50_000))
  .addOption(count('--seed <n>', 'another load for each', 1))
  .addOption(
    new Option('--capacity <n>', 'events a second to take shares of, in place of what is measured').argParser(
      positive,
    ),
  )
  .addOption(count('--seconds <n>', 'how long each pace is measured', 40))

benchCommand<RepairOptions>(
  'repair',
  'what many failures cost, and whether live traffic feels that they are retried',
  repair,
)
  .addOption(count('--failures <n>', 'how many are stored', 1_000_000))
  .addOption(count('--cured <n>', 'how many of them are retried', 100_000))
  .addOption(new Option('--rate <n>', 'retries a second at most').argParser(positive))
  .addOption(count('--live <n>', 'events a second of live traffic', 500))
  .addOption(count('--seconds <n>', 'of live traffic alone, before and after', 30))

benchCommand<ScaleOptions>(
  'scale',
  'what further processes, partitions, a hot customer and a topic that is far behind cost',
  scale,
)
  .addOption(count('--events <n>', 'how many events each shape takes to gamified', 50_000))
  .addOption(count('--customers <n>', 'of how many customers', 50_000))
  .addOption(count('--seed <n>', 'another load for each', 1))
  .addOption(count('--behind <n>', 'messages of one topic that nobody has read', 2_000_000))
  .addOption(count('--live <n>', 'events a second of another topic, alone and meanwhile', 200))
  .addOption(count('--seconds <n>', 'how long that is measured, alone and with the backlog', 25))

benchCommand<ThroughputOptions>(
  'throughput',
  'how many events a second go from Kafka to gamified, and what each costs',
  throughput,
)
  .addOption(choice('--program <name>', 'the starter program, or rules of every kind', PROGRAM_NAMES))
  .addOption(count('--events <n>', 'how many events', 200_000))
  .addOption(count('--customers <n>', 'of how many customers', 50_000))
  .addOption(choice('--law <name>', 'how events spread over them', LAWS))
  .option('--known', 'have each customer have one event before what is measured', false)
  .addOption(count('--seed <n>', 'another load for each', 1))
  .addOption(count('--runs <n>', 'how often to measure; the median counts', 5))

benchCommand<ShapesOptions>(
  'shapes',
  'throughput by program, number of customers, and how events spread over them',
  shapes,
)
  .addOption(count('--events <n>', 'how many events', 200_000))
  .addOption(count('--few <n>', 'how many customers the smaller shapes have', 50_000))
  .addOption(count('--many <n>', 'how many customers the larger shapes have', 1_000_000))
  .addOption(count('--seed <n>', 'another load for each', 1))

benchCommand<ProgramsOptions>(
  'programs',
  'what rules cost: the starter program, the same in full, and one in which nearly every event earns something',
  programs,
)
  .addOption(count('--people <n>', 'how many people `laurel sample` makes up', 5_000))
  .addOption(count('--days <n>', 'over how many days', 7))
  .addOption(count('--events <n>', 'how many events has the load with many recharges', 100_000))
  .addOption(count('--customers <n>', 'of how many customers', 25_000))
  .addOption(count('--rounds <n>', 'how often to measure; the medians count', 3))
  .addOption(count('--seed <n>', 'another load for each', 1))

benchCommand<GrowthOptions>('growth', 'what an event costs in tables that have grown', onServer(growth))
  .addOption(
    counts('--customers <list>', 'sizes, ascending; multiples of 2000', [10_000, 100_000, 1_000_000]),
  )
  .addOption(counts('--stored <list>', 'then up to so many stored events, ascending; multiples of 20000', []))
  .addOption(count('--events <n>', 'how many events are measured at each size', 20_000))
  .addOption(count('--seconds <n>', 'begin no further size that would probably end later', 900))

benchCommand<MicroOptions>(
  'micro',
  'what the pure pieces cost that every event goes through, without any service',
  micro,
).addOption(count('--rounds <n>', 'how often to measure; the median counts', 9))

benchCommand<BaselinesOptions>(
  'baselines',
  'how Laurel stands to the usual ways of doing the same, and to what PostgreSQL takes at most',
  baselines,
)
  .addOption(count('--events <n>', 'how many events', 100_000))
  .addOption(count('--customers <n>', 'of how many customers', 50_000))
  .addOption(count('--few <n>', 'how many of the events the slow ways are given', 5_000))
  .addOption(count('--seed <n>', 'another load for each', 1))
  .addOption(count('--rounds <n>', 'how often to measure; the medians count', 3))

program
  .command('check')
  .description('compare ratios with those in bench/ratios.json, and fail where one is a fifth worse')
  .option('--write', 'write them there instead')
  .action(async ({ write }: { readonly write?: boolean }) => {
    const abort = abortOnSignal()
    if (!(await (write ? renew : check)(abort, log))) process.exitCode = 1
  })

/** A command that every bench has the frame of: its server, where its report goes, and how it ends. */
function benchCommand<Options>(name: string, description: string, bench: Bench<Options>): Command {
  return program
    .command(name)
    .description(description)
    .option('--json <file>', 'write everything that was measured to this file')
    .option('--write', 'put the table into docs/performance.md')
    .action(async (options: Options & OutputOptions) => {
      const { json, write, ...own } = options
      const report = await bench(own as Options, abortOnSignal(), log)
      process.stdout.write(`\n${report.markdown}\n`)
      if (json !== undefined) writeFileSync(json, `${JSON.stringify(report.data, null, 2)}\n`)
      for (const fault of report.faults) log(`WRONG: ${fault}`)
      if (report.faults.length > 0) process.exitCode = 1
      else if (write) writeSection(PAGE, report)
    })
}

/** One of some names; the first unless told otherwise. */
function choice(flags: string, description: string, names: readonly string[]): Option {
  return new Option(flags, description).choices(names).default(names[0])
}

function abortOnSignal(): AbortSignal {
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => abort.abort(new LaurelError('STACK_UNAVAILABLE', 'Stopped before its end.')))
  }
  return abort.signal
}

function log(line: string): void {
  process.stderr.write(`${line}\n`)
}

function count(flags: string, description: string, usual: number): Option {
  return new Option(flags, description).argParser(positive).default(usual)
}

function counts(flags: string, description: string, usual: readonly number[]): Option {
  return new Option(flags, description)
    .argParser((text) => text.split(',').map(positive))
    .default(usual, usual.join(',') || 'none')
}

function positive(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('expected a number from 1 on')
  return number
}

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(error instanceof LaurelError ? `${error.message}\n` : `${(error as Error).stack}\n`)
  process.exitCode = 1
}
