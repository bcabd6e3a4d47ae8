import { userInfo } from 'node:os'
import { type Command, Option } from 'commander'
import { LaurelError } from '#domain/error.ts'
import { discard, type Repaired, repair, retriable } from '#pipeline/repair.ts'
import { assertSelected, describeSelection, filterOf, type Selection } from '#pipeline/selection.ts'
import { Metrics } from '#runtime/metrics.ts'
import { recordAction } from '#store/actions.ts'
import { countFailures, describeCause } from '#store/failure-filter.ts'
import { untilInterrupted } from './interrupt.ts'
import { print } from './output.ts'
import { positive } from './processes.ts'
import { withSelection } from './selection.ts'
import { type Store, withStore, withTransport } from './store.ts'

interface Scope extends Selection {
  readonly limit: number
  readonly dryRun?: boolean
  readonly by: string
}

interface RetryOptions extends Scope {
  readonly canary: number
  readonly rate?: number
  readonly after?: number
}

const WHOLE = 1_000_000_000
/** Up to so many, each retry has a line of its own. */
const LISTED = 100
const PROGRESS = 500

/** The commands that put failures right, or give them up. Each is kept in the audit log. */
export function addRepair(failures: Command): void {
  withScope(failures.command('retry').description('put failed events through the stages again'))
    .addOption(
      new Option('--canary <n>', 'try so many first; stop where more of them fail than count; 0 for none')
        .argParser((text) => (text === '0' ? 0 : positive(text)))
        .default(10),
    )
    .addOption(new Option('--rate <n>', 'at most so many a second').argParser(positive))
    .addOption(new Option('--after <id>', 'only numbers larger than this: to go on').argParser(positive))
    .action((ids: number[] | undefined, options: RetryOptions) => retry(ids ?? [], options))
  withScope(failures.command('discard').description('give failed events up, for a reason that is kept'))
    .addOption(new Option('--reason <text>', 'why: it is kept, and shown').makeOptionMandatory())
    .action((ids: number[] | undefined, options: Scope & { reason: string }) => giveUp(ids ?? [], options))
  failures
    .command('assign')
    .description('say who looks after a cause, and what is known of it')
    .argument('<fingerprint>', 'as npx laurel failures causes lists it')
    .option('--owner <name>', 'who looks after it')
    .option('--note <text>', 'what is known of it')
    .option('--by <name>', 'who says so', userInfo().username)
    .action(assign)
}

function withScope(command: Command): Command {
  return withSelection(command)
    .argument('[id...]', 'their numbers', (text: string, before: number[] = []) => [
      ...before,
      positive(text),
    ])
    .addOption(
      new Option('--limit <n>', 'at most so many, the oldest first')
        .argParser(positive)
        .default(WHOLE, 'all'),
    )
    .option('--dry-run', 'only count them')
    .option('--by <name>', 'who does it', userInfo().username)
}

async function retry(ids: readonly number[], options: RetryOptions): Promise<void> {
  const { limit, canary, rate, after, by } = options
  await withStore(async (store) => {
    const { database, sources, programs } = store
    const { filter, words } = selected(ids, options, store)
    const total = Math.min(limit, await countFailures(database, retriable(filter)))
    if (options.dryRun) return print(`${total} failures would be retried.`)
    await withTransport(store, async (transport) => {
      const context = { ...transport, sources, programs, database, metrics: new Metrics() }
      const from = after === undefined ? filter : { ...filter, after }
      const repaired = await untilInterrupted((signal) =>
        repair(context, { filter: from, limit, canary, rate }, signal, ({ id }, outcome, tried) => {
          // A line each where a person reads them; of many those that failed, and how far it is.
          if (!outcome.counted) print(`${id}  failed again: ${outcome.reason}`)
          else if (total <= LISTED) print(`${id}  counts now, as event ${outcome.event}`)
          if (tried % PROGRESS === 0) process.stderr.write(`${tried} of ${total} tried\n`)
        }),
      )
      const { tried, counted, last, ended } = repaired
      const outcome = `${counted} of ${tried} count now: ${ended}`
      await recordAction(database.sql, {
        actor: by,
        origin: 'command',
        action: 'retry',
        target: words,
        outcome,
      })
      print(`${counted} of ${tried} count now.`)
      for (const line of whatNext(repaired, total)) print(line)
      if (ended === 'canary failed' || ended === 'aborted' || counted < tried) process.exitCode = 1
      if (ended === 'aborted') print(`To go on: the same command with --after ${last}`)
    })
  })
}

function whatNext({ ended, tried }: Repaired, total: number): readonly string[] {
  if (ended !== 'canary failed') return []
  return [
    `More of the first ${tried} failed than counted, so that the other ${total - tried} were left alone: put the ` +
      'reason right first, or use --canary 0.',
  ]
}

async function giveUp(ids: readonly number[], options: Scope & { reason: string }): Promise<void> {
  const { limit, reason, by } = options
  await withStore(async (store) => {
    const { filter, words } = selected(ids, options, store)
    const total = Math.min(limit, await countFailures(store.database, { ...filter, state: 'open' }))
    if (options.dryRun) return print(`${total} open failures would be given up.`)
    await withTransport(store, async ({ queues }) => {
      const discarded = await discard({ database: store.database, queues }, filter, limit, reason)
      await recordAction(store.database.sql, {
        actor: by,
        origin: 'command',
        action: 'discard',
        target: words,
        outcome: `${discarded} given up: ${reason}`,
      })
      print(`${discarded} given up. They are kept: npx laurel failures list --all`)
    })
  })
}

async function assign(
  fingerprint: string,
  { owner, note, by }: { owner?: string; note?: string; by: string },
): Promise<void> {
  if (owner === undefined && note === undefined)
    throw new LaurelError('ARGUMENT_INVALID', 'Say who, with --owner, or what is known, with --note.')
  await withStore(async ({ database: { sql } }) => {
    if (!(await describeCause(sql, fingerprint, owner ?? null, note ?? null))) {
      throw new LaurelError(
        'NOT_FOUND',
        `No failure has the cause ${fingerprint}: npx laurel failures causes lists those there are.`,
      )
    }
    const outcome = [owner && `owner ${owner}`, note && `note ${note}`].filter(Boolean).join(', ')
    await recordAction(sql, {
      actor: by,
      origin: 'command',
      action: 'assign',
      target: `cause ${fingerprint}`,
      outcome,
    })
    print(`${fingerprint}: ${outcome}`)
  })
}

function selected(ids: readonly number[], options: Selection, { sources }: Store) {
  // To go on after a number is no choice of its own.
  const selection = { ...options, ids, after: undefined }
  assertSelected(selection)
  return { filter: filterOf(selection, sources), words: describeSelection(selection) }
}
