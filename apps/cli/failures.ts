import { type Command, Option } from 'commander'
import { LaurelError } from '#domain/error.ts'
import { describeRejection, FAILURES } from '#domain/failure.ts'
import { maskSubject } from '#domain/subject.ts'
import { Programs } from '#pipeline/programs.ts'
import { retryFailure } from '#pipeline/retry.ts'
import { openTransport } from '#queue/transport.ts'
import { Metrics } from '#runtime/metrics.ts'
import { loadProgram } from '#runtime/program.ts'
import { connect, type Database } from '#store/database.ts'
import {
  countFailures,
  type Failure,
  type FailureFilter,
  findFailure,
  listFailures,
} from '#store/failures.ts'
import { config } from './environment.ts'
import { print, printJson, printTable } from './output.ts'
import { positive } from './processes.ts'

interface Filter {
  readonly code?: string
  readonly source?: string
  readonly topic?: string
  readonly all?: boolean
}

/** The commands that find and repair events that failed. */
export function addFailures(program: Command): void {
  const failures = program.command('failures').description('find and repair events that failed')
  withFilter(failures.command('list').description('list failures, the latest first'))
    .addOption(new Option('--limit <n>', 'how many').argParser(positive).default(20))
    .option('--json', 'as JSON')
    .action((options: Filter & { limit: number; json?: boolean }) =>
      withStore(async (database) => {
        const filter = filterOf(options)
        const [found, total] = [
          await listFailures(database, filter, options.limit),
          await countFailures(database, filter),
        ]
        if (options.json) return printJson(found.map(withReason))
        print(`${found.length} of ${total} ${options.all ? '' : 'open '}failures`)
        if (found.length === 0) return
        printTable(
          ['id', 'state', 'code', 'source', 'customer', 'from', 'attempts'],
          found.map((failure) => [
            failure.id,
            failure.state,
            failure.code,
            failure.source,
            failure.customer === null ? '' : maskSubject(failure.customer),
            `${failure.topic}/${failure.partition}/${failure.offset}`,
            failure.attempts,
          ]),
        )
      }),
    )
  failures
    .command('show')
    .description('show one failure with its message')
    .argument('<id>', 'its number', positive)
    .option('--json', 'as JSON')
    .action((id: number, options: { json?: boolean }) =>
      withStore(async (database) => {
        const failure = await findFailure(database, id)
        if (!failure) throw unknown(id)
        if (options.json) return printJson(withReason(failure))
        print(`failure ${failure.id}, ${failure.state}, ${failure.attempts} attempts, at ${failure.stage}`)
        print(`  ${describeRejection(failure)}`)
        print(`  from ${failure.topic}/${failure.partition}/${failure.offset}, source ${failure.source}`)
        print(`  message ${failure.original}`)
        if (failure.fix !== null)
          print(`  edited  ${failure.fix}${failure.fixedBy ? ` by ${failure.fixedBy}` : ''}`)
        print(
          FAILURES[failure.code].retry === 'edit'
            ? 'It needs to be corrected: in Bull Board, queue failed-events; then retry it there.'
            : `To try it again: npx laurel failures retry ${failure.id}`,
        )
      }),
    )
  withFilter(failures.command('retry').description('put failed events through the stages again'))
    .argument('[id...]', 'their numbers', (text: string, before: number[] = []) => [
      ...before,
      positive(text),
    ])
    .addOption(new Option('--limit <n>', 'at most so many, with a filter').argParser(positive).default(1_000))
    .action((ids: number[] | undefined, options: Filter & { limit: number }) => retry(ids ?? [], options))
}

function withFilter(command: Command): Command {
  return command
    .addOption(new Option('--code <code>', 'only this code').choices(Object.keys(FAILURES)))
    .option('--source <name>', 'only this source')
    .option('--topic <name>', 'only this topic')
    .option('--all', 'those put right as well')
}

function filterOf({ code, source, topic, all }: Filter): FailureFilter {
  return {
    ...(all ? {} : { state: 'open' as const }),
    ...(code !== undefined && { code }),
    ...(source !== undefined && { source }),
    ...(topic !== undefined && { topic }),
  }
}

async function retry(given: readonly number[], options: Filter & { limit: number }): Promise<void> {
  const hasFilter = [options.code, options.source, options.topic].some((each) => each !== undefined)
  if (given.length === 0 && !hasFilter) {
    throw new LaurelError(
      'ARGUMENT_INVALID',
      'Say which: numbers of failures, or --code, --source or --topic.',
    )
  }
  await withStore(async (database) => {
    const { REDIS_URL, REDIS_PREFIX, PROGRAM_DIRECTORY } = config()
    const transport = await openTransport(REDIS_URL, REDIS_PREFIX)
    try {
      const ids =
        given.length > 0
          ? given
          : (await listFailures(database, { ...filterOf(options), state: 'open' }, options.limit)).map(
              ({ id }) => id,
            )
      const { sources } = loadProgram(PROGRAM_DIRECTORY)
      const context = { ...transport, sources, programs: new Programs(), database, metrics: new Metrics() }
      let counted = 0
      for (const id of ids) {
        const outcome = await retryFailure(context, id, undefined)
        if (outcome.counted) counted++
        print(
          outcome.counted
            ? `${id}  counts now, as event ${outcome.event}`
            : `${id}  failed again: ${outcome.reason}`,
        )
      }
      print(`${counted} of ${ids.length} count now.`)
      if (counted < ids.length) process.exitCode = 1
    } finally {
      await transport.close()
    }
  })
}

function withReason(failure: Failure) {
  return { ...failure, reason: describeRejection(failure) }
}

function unknown(id: number): LaurelError {
  return new LaurelError(
    'NOT_FOUND',
    `There is no failure ${id}: npx laurel failures list --all shows those there are.`,
  )
}

async function withStore(run: (database: Database) => Promise<void>): Promise<void> {
  const database = connect(config().DATABASE_URL, { application: 'laurel failures', connections: 2 })
  try {
    await run(database)
  } finally {
    await database.close()
  }
}
