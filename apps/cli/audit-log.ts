import { type Command, Option } from 'commander'
import { type ActionFilter, listActions } from '#store/actions.ts'
import { print, printJson, printTable } from './output.ts'
import { positive } from './processes.ts'
import { withStore } from './store.ts'
import { instant } from './time.ts'

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
    .addOption(new Option('--since <time>', 'from this time on, with its zone, or a day').argParser(instant))
    .addOption(new Option('--until <time>', 'before this time').argParser(instant))
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
