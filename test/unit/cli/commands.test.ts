import { Command } from 'commander'
import { expect, test } from 'vitest'
import { COMMANDS } from '../../../apps/cli/commands.ts'

test('every command is found under its name', async () => {
  for (const { names, load } of COMMANDS) {
    const program = new Command()
    ;(await load())(program)
    expect(program.commands.map((command) => command.name())).toEqual(names)
  }
})
