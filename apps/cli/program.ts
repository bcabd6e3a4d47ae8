import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { toDecimal } from '#domain/decimal.ts'
import { MistakenFile } from '#domain/document.ts'
import { LaurelError } from '#domain/error.ts'
import { type Program, parseProgram } from '#domain/program.ts'
import { programJsonSchema } from '#domain/program-schema.ts'
import { compare, type Publication } from '#domain/publication.ts'
import { ensureRefolds } from '#pipeline/history.ts'
import { type DryRun, dryRun, history, publish } from '#pipeline/publication.ts'
import { openTransport } from '#queue/transport.ts'
import { latestVersion } from '#store/programs.ts'
import { comparePrograms } from './comparison.ts'
import { print, printJson, printTable } from './output.ts'
import { addSimulate, type EventOptions, withEvents } from './simulate.ts'
import { type Store, withStore } from './store.ts'

/** The commands that publish programs, and show what was published. */
export function addProgram(laurel: Command): void {
  const program = laurel
    .command('program')
    .description('check programs, try them on events, compare and publish them')
  program
    .command('publish')
    .description('make a program the one in force, for every process at once')
    .argument('<directory>', 'the directory with its program.yaml')
    .option('--dry-run', 'only show what would change, and who would gain and lose what')
    .option('--yes', 'also where it counts history, without having been shown what that changes')
    .option('--by <name>', 'who publishes it', userInfo().username)
    .option('--json', 'as JSON')
    .action((directory: string, options: PublishOptions) =>
      withStore((store) => run(store, directory, options)),
    )
  program
    .command('check')
    .description('show every mistake of a program, with its place and how to put it right; needs no services')
    .argument('<directory>', 'the directory with its program.yaml')
    .option('--json', 'as JSON')
    .action((directory: string, { json }: { json?: boolean }) => check(directory, json === true))
  program
    .command('schema')
    .description('print the JSON Schema of program.yaml, for editors')
    .action(() => printJson(programJsonSchema()))
  program
    .command('list')
    .description('show every version, who published it, and what it changed')
    .option('--json', 'as JSON')
    .action(({ json }: { json?: boolean }) =>
      withStore(async ({ database }) => {
        const all = await history(database)
        if (json) {
          printJson(all.map(({ program: _, publication, ...rest }) => ({ ...rest, ...written(publication) })))
          return
        }
        printTable(
          ['version', 'published', 'by', 'changes'],
          all.map(({ version, publishedAt, publishedBy, publication }) => [
            version,
            new Date(publishedAt).toISOString(),
            publishedBy,
            version === 1 ? 'the first' : summary(publication),
          ]),
        )
      }),
    )
  withEvents(
    program
      .command('diff')
      .description(
        'show what a program would change of the one in force; with --events, who would gain and lose what if one program took the place of another',
      )
      .argument('<directory>', 'the directory with its program.yaml')
      .argument('[other]', 'with --events: the directory of the program that would take its place')
      .option('--events <file>', 'one event a line (NDJSON), in any order; needs no services'),
  )
    .option('--json', 'as JSON; with --events, every customer who has something else, one a line')
    .action(diff)
  addSimulate(program)
}

async function diff(
  directory: string,
  other: string | undefined,
  options: Omit<EventOptions, 'events'> & { events?: string; json?: boolean },
): Promise<void> {
  const { events, json } = options
  if (other !== undefined && events !== undefined)
    return comparePrograms([directory, other], { ...options, events })
  if (other !== undefined || events !== undefined) {
    throw new LaurelError(
      'ARGUMENT_INVALID',
      'To compare two programs on events, name both directories, and the file: laurel program diff OLD NEW --events FILE. ' +
        'To compare one with the program in force, name its directory only.',
    )
  }
  await withStore(async ({ database, programs }) => {
    const before = await programs.of(database.sql)
    const publication = compare(before, read(directory).program, Date.now())
    if (json) return printJson(written(publication))
    printPublication(publication)
    if (publication.mistakes.length > 0) process.exitCode = 1
  })
}

/** Prints every mistake, and leaves 1 as the exit code where there is one. */
function check(directory: string, asJson: boolean): void {
  try {
    const { program } = read(directory)
    const rules = program.entries.filter(({ list }) => list !== 'wallets').length
    if (asJson) printJson({ mistakes: [] })
    else print(`${directory}: no mistakes (${rules} ${rules === 1 ? 'entry' : 'entries'})`)
  } catch (error) {
    if (!(error instanceof MistakenFile)) throw error
    const { file, mistakes } = error
    process.exitCode = 1
    if (asJson) printJson({ mistakes: mistakes.map((mistake) => ({ file, ...mistake })) })
    else print(`${error.message}\n${mistakes.length} ${mistakes.length === 1 ? 'mistake' : 'mistakes'}`)
  }
}

interface PublishOptions {
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly by: string
  readonly json?: boolean
}

async function run(store: Store, directory: string, options: PublishOptions): Promise<void> {
  const { database, programs } = store
  const { text, program } = read(directory)
  const now = Date.now()
  const isFirst = (await latestVersion(database.sql)) === undefined
  const before = isFirst ? program : await programs.of(database.sql)
  const publication = compare(before, program, now)
  if (publication.mistakes.length > 0) {
    throw new LaurelError('PROGRAM_INVALID', publication.mistakes.join('\n'))
  }
  const countsHistory = publication.refoldsFrom === Number.NEGATIVE_INFINITY
  if (options.dryRun || (countsHistory && !options.yes)) {
    const effect = await dryRun(database, before, program, publication.refoldsFrom)
    if (options.json) printJson({ ...written(publication), dryRun: effect })
    else {
      printPublication(publication)
      printDryRun(effect)
    }
    if (!options.dryRun) {
      throw new LaurelError(
        'ARGUMENT_INVALID',
        'This changes what customers have. Nothing was published: run it again with --yes if that is right.',
      )
    }
    return
  }
  const published = await publish(database, text, options.by, now)
  const jobs = published.isNew ? await startRefolds(store) : undefined
  if (options.json)
    return printJson({ version: published.version, isNew: published.isNew, ...written(publication) })
  print(
    published.isNew
      ? `Version ${published.version} is in force.`
      : `This program is in force already, as version ${published.version}.`,
  )
  if (published.isNew) printPublication(published.publication)
  if (jobs) print(jobs)
}

/** Redis may be away: then the sweeper does it. */
async function startRefolds({ settings, database }: Store): Promise<string | undefined> {
  try {
    const transport = await openTransport(settings.REDIS_URL, settings.REDIS_PREFIX, 2_000)
    try {
      const added = await ensureRefolds({ database, queues: transport.queues })
      return added > 0
        ? 'The past is being folded again: see the queue Maintenance in Bull Board.'
        : undefined
    } finally {
      await transport.close()
    }
  } catch {
    return 'The past will be folded again once Redis answers.'
  }
}

function read(directory: string): { text: string; program: Program } {
  const file = join(directory, 'program.yaml')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new LaurelError(
      'ARGUMENT_INVALID',
      `${file} cannot be read: name the directory that holds it.`,
      error,
    )
  }
  return { text, program: parseProgram(file, text, 'new') }
}

function written({ added, closed, skipping, rescored, mistakes, refoldsFrom }: Publication) {
  const ids = (entries: Publication['added']) => entries.map(({ id }) => id)
  return {
    mistakes,
    added: ids(added),
    closed: ids(closed),
    skipping: ids(skipping),
    rescored,
    refoldsFrom: timeOf(refoldsFrom),
  }
}

/** ISO 8601; `the beginning` or null where games are folded again from there, or not at all. */
function timeOf(instant: number): string | null {
  if (instant === Number.POSITIVE_INFINITY) return null
  return instant === Number.NEGATIVE_INFINITY ? 'the beginning' : new Date(instant).toISOString()
}

function summary({ added, closed, skipping, rescored }: Publication): string {
  const parts = [
    ...added.map(({ id }) => `+ ${id}`),
    ...closed.map(({ id }) => `${id} ends`),
    ...skipping.map(({ id }) => `${id} skips errors`),
    ...rescored.map((id) => `score ${id}`),
  ]
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}

function printPublication(publication: Publication): void {
  for (const mistake of publication.mistakes) print(`not possible: ${mistake}`)
  for (const { id, list, from } of publication.added) {
    const since = from === Number.NEGATIVE_INFINITY ? '' : `, from ${new Date(from).toISOString()}`
    print(`  new     ${id} (${list}${since})`)
  }
  for (const { id, list, until } of publication.closed) {
    print(
      `  closed  ${id} (${list}), until ${Number.isFinite(until) ? new Date(until).toISOString() : 'no end'}`,
    )
  }
  for (const { id, list } of publication.skipping)
    print(`  skips   ${id} (${list}) where it cannot be evaluated`)
  for (const id of publication.rescored) print(`  score   ${id} is worked out anew for everyone`)
  const from = timeOf(publication.refoldsFrom)
  if (from !== null) print(`  games that have come there are folded again from ${from}`)
}

function printDryRun({ customers, changed, effects }: DryRun): void {
  print(`Of ${customers} customers, ${changed} would have something else than now.`)
  if (effects.length === 0) return
  printTable(
    ['rule', 'customers gaining', 'losing', 'awards given', 'taken back', 'points'],
    effects.map(({ rule, gaining, losing, awardsGiven, awardsTaken, amount }) => [
      rule,
      gaining,
      losing,
      awardsGiven,
      awardsTaken,
      toDecimal(amount),
    ]),
  )
}
