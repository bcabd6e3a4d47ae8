import { type Command, Option } from 'commander'
import { LaurelError } from '#domain/error.ts'
import { describeRejection, FAILURES } from '#domain/failure.ts'
import { maskSubject } from '#domain/subject.ts'
import { filterOf, type Selection } from '#pipeline/selection.ts'
import { countFailures, eachFailure, listCauses, listFailures } from '#store/failure-filter.ts'
import { type Failure, findFailure } from '#store/failures.ts'
import { print, printJson, printTable } from './output.ts'
import { positive } from './processes.ts'
import { addRepair } from './repair.ts'
import { withSelection } from './selection.ts'
import { withStore } from './store.ts'

interface Listing extends Selection {
  readonly all?: boolean
  readonly json?: boolean
}

const PORTION = 500

/** The commands that find and repair events that failed. */
export function addFailures(program: Command): void {
  const failures = program.command('failures').description('find and repair events that failed')
  withSelection(failures.command('list').description('list failures, the latest first'))
    .option('--all', 'those put right or given up as well')
    .addOption(new Option('--limit <n>', 'how many').argParser(positive).default(20))
    .option('--json', 'as JSON')
    .action(list)
  failures
    .command('causes')
    .description('list what open failures have in common, the most frequent first')
    .addOption(new Option('--limit <n>', 'how many').argParser(positive).default(20))
    .option('--json', 'as JSON')
    .action(causes)
  failures
    .command('show')
    .description('show one failure with its message')
    .argument('<id>', 'its number', positive)
    .option('--json', 'as JSON')
    .action(show)
  withSelection(
    failures.command('export').description('write failures with their messages, one JSON object a line'),
  )
    .option('--all', 'those put right or given up as well')
    .action(exportAll)
  addRepair(failures)
}

function list(options: Listing & { limit: number }): Promise<void> {
  return withStore(async ({ database, sources }) => {
    const filter = {
      ...filterOf(options, sources),
      ...(options.all ? {} : { state: 'open' as const }),
    }
    const [found, total] = [
      await listFailures(database, filter, options.limit),
      await countFailures(database, filter),
    ]
    if (options.json) return printJson(found.map(withReason))
    print(`${found.length} of ${total} ${options.all ? '' : 'open '}failures`)
    if (found.length === 0) return
    printTable(
      ['id', 'state', 'code', 'source', 'customer', 'from', 'attempts', 'first seen'],
      found.map((failure) => [
        failure.id,
        failure.state,
        failure.code,
        failure.source,
        failure.customer === null ? '' : maskSubject(failure.customer),
        `${failure.topic}/${failure.partition}/${failure.offset}`,
        failure.attempts,
        new Date(failure.firstSeen).toISOString(),
      ]),
    )
  })
}

function causes(options: { limit: number; json?: boolean }): Promise<void> {
  return withStore(async ({ database }) => {
    const found = await listCauses(database.sql, options.limit)
    if (options.json) return printJson(found)
    if (found.length === 0) return print('No failure is open.')
    printTable(
      ['fingerprint', 'open', 'code', 'at', 'source', 'first seen', 'last seen', 'owner', 'note'],
      found.map(({ fingerprint, failures, code, pointer, source, firstSeen, lastSeen, owner, note }) => [
        fingerprint,
        failures,
        code,
        pointer,
        source,
        new Date(firstSeen).toISOString(),
        new Date(lastSeen).toISOString(),
        owner ?? '',
        note ?? '',
      ]),
    )
  })
}

function show(id: number, options: { json?: boolean }): Promise<void> {
  return withStore(async ({ database }) => {
    const failure = await findFailure(database, id)
    if (!failure) {
      throw new LaurelError(
        'NOT_FOUND',
        `There is no failure ${id}: npx laurel failures list --all shows those there are.`,
      )
    }
    if (options.json) return printJson(withReason(failure))
    print(`failure ${failure.id}, ${failure.state}, ${failure.attempts} attempts, at ${failure.stage}`)
    print(`  ${describeRejection(failure)}`)
    print(`  from ${failure.topic}/${failure.partition}/${failure.offset}, source ${failure.source}`)
    print(`  cause ${failure.fingerprint}`)
    if (failure.program !== null) print(`  by version ${failure.program} of the program`)
    print(`  message ${failure.original}`)
    if (failure.fix !== null)
      print(`  edited  ${failure.fix}${failure.fixedBy ? ` by ${failure.fixedBy}` : ''}`)
    if (failure.state === 'discarded') print(`  given up: ${failure.discarded}`)
    print(
      FAILURES[failure.code].retry === 'edit'
        ? 'It needs to be corrected: in Bull Board, queue failed-events; then retry it there.'
        : `To try it again: npx laurel failures retry ${failure.id}`,
    )
  })
}

function exportAll(options: Listing): Promise<void> {
  return withStore(async ({ database, sources }) => {
    const filter = {
      ...filterOf(options, sources),
      ...(options.all ? {} : { state: 'open' as const }),
    }
    for await (const portion of eachFailure(database, filter, PORTION)) {
      const lines = portion.map((failure) => `${JSON.stringify(withReason(failure))}\n`)
      // A reader that is slower than PostgreSQL must not make this process hold a million failures.
      if (!process.stdout.write(lines.join('')))
        await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
  })
}

function withReason(failure: Failure) {
  return { ...failure, reason: describeRejection(failure) }
}
