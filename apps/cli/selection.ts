import { type Command, InvalidArgumentError, Option } from 'commander'
import { FAILURES } from '#domain/failure.ts'
import { instant } from './time.ts'

/** The options that say which failures a command is about. */
export function withSelection(command: Command): Command {
  return command
    .addOption(new Option('--code <code>', 'only this code').choices(Object.keys(FAILURES)))
    .option('--fingerprint <text>', 'only this cause: npx laurel failures causes lists them')
    .option('--source <name>', 'only this source')
    .option('--topic <name>', 'only this topic')
    .addOption(new Option('--partition <n>', 'only this partition').argParser(whole))
    .addOption(new Option('--offset <n>', 'only this offset').argParser(whole))
    .option('--customer <id>', 'only this customer id, in any of its usual spellings')
    .option('--event <id>', "only this event: the event_id that it brought, or Laurel's own")
    .addOption(
      new Option('--since <time>', 'first seen from then on, such as 2026-11-24T08:00Z').argParser(instant),
    )
    .addOption(new Option('--until <time>', 'first seen before then').argParser(instant))
}

function whole(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.')
  return Number(text)
}
