import { Command, CommanderError } from 'commander'
import { addAuditLog } from '../../apps/cli/audit-log.ts'
import { addFailures } from '../../apps/cli/failures.ts'
import { addHistory } from '../../apps/cli/history.ts'
import { addLocal } from '../../apps/cli/local.ts'
import { addOpsPassword } from '../../apps/cli/ops-password.ts'
import { addPoints } from '../../apps/cli/points.ts'
import { addProcesses } from '../../apps/cli/processes.ts'
import { addProgram } from '../../apps/cli/program.ts'
import { addReads } from '../../apps/cli/reads.ts'
import { addReplay } from '../../apps/cli/replay.ts'
import { addSampling } from '../../apps/cli/sampling.ts'
import { addTraffic } from '../../apps/cli/traffic.ts'

/** What `laurel` objects to in these arguments; undefined where it would run. Nothing is run. */
export function objectionTo(args: readonly string[]): string | undefined {
  const program = new Command('laurel')
  for (const add of [
    addLocal,
    addTraffic,
    addReads,
    addFailures,
    addPoints,
    addProgram,
    addHistory,
    addReplay,
    addSampling,
    addProcesses,
    addOpsPassword,
    addAuditLog,
  ])
    add(program)
  silence(program)
  try {
    program.parse([...args], { from: 'user' })
    return undefined
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.code === 'commander.helpDisplayed' ? undefined : `laurel ${args.join(' ')}: ${error.message}`
  }
}

function silence(command: Command): void {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} })
  if (command.commands.length === 0) command.action(() => {})
  for (const each of command.commands) silence(each)
}
