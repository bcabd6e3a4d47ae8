import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseTimestamp } from '#domain/timestamp.ts'
import { Zone } from '#domain/zone.ts'
import { type ActionFilter, listActions } from '#store/actions.ts'
import { print, printJson, printTable } from './output.ts'
import { positive } from './processes.ts'
import { withStore } from './store.ts'

const UTC = new Zone('UTC')

interface Options extends ActionFilter {
  readonly limit: number
  readonly json?: boolean
}

/** The command that tells who did what. */
export function addAuditLog(program: Command): void {
  program
    .command('audit-log')
    .description('list who did what, the latest first')
    .option('--actor <name>', 'only this person')
    .option('--action <name>', 'only this action, such as retry, edit or "log in"')
    .addOption(
      new Option('--since <time>', 'from this time on, ISO 8601, UTC unless it says').argParser(time),
    )
    .addOption(new Option('--until <time>', 'before this time').argParser(time))
    .addOption(new Option('--limit <n>', 'how many').argParser(positive).default(50))
    .option('--json', 'as JSON')
    .action(({ limit, json, ...filter }: Options) =>
      withStore(async ({ database }) => {
        const actions = await listActions(database.sql, filter, limit)
        if (json) {
          return printJson(actions.map((action) => ({ ...action, at: new Date(action.at).toISOString() })))
        }
        if (actions.length === 0) return print('Nobody did such a thing.')
        printTable(
          ['at', 'actor', 'from', 'action', 'target', 'outcome'],
          actions.map(({ at, actor, origin, action, target, outcome }) => [
            new Date(at).toISOString(),
            actor,
            origin,
            action,
            target,
            outcome,
          ]),
        )
      }),
    )
}

function time(text: string): number {
  const at = parseTimestamp(text, UTC)?.instant ?? dayOf(text)
  if (at === undefined)
    throw new InvalidArgumentError('Expected a time such as 2026-01-31T08:00 or 2026-01-31.')
  return at
}

/** The beginning of a day. */
function dayOf(text: string): number | undefined {
  return parseTimestamp(`${text}T00:00`, UTC)?.instant
}
