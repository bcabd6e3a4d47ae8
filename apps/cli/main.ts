import { Command } from 'commander'
import { COMMANDS } from './commands.ts'
import { describe, endWithReader } from './output.ts'

const program = new Command('laurel')
  .description(
    "Turns a telecom operator's customer events into scores, missions, badges, points and leaderboards.",
  )
  .showHelpAfterError('Run it with --help to see what it takes.')
  .showSuggestionAfterError()

const asked = COMMANDS.find(({ names }) => names.includes(process.argv[2] ?? ''))
for (const { load } of asked ? [asked] : COMMANDS) (await load())(program)

endWithReader()
try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${describe(error)}\n`)
  process.exit(1)
}
