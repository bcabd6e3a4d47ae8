import { Command } from 'commander'
import { addAuditLog } from './audit-log.ts'
import { addFailures } from './failures.ts'
import { addHistory } from './history.ts'
import { addLocal } from './local.ts'
import { addOpsPassword } from './ops-password.ts'
import { describe, endWithReader } from './output.ts'
import { addPoints } from './points.ts'
import { addProcesses } from './processes.ts'
import { addProgram } from './program.ts'
import { addReads } from './reads.ts'
import { addReplay } from './replay.ts'
import { addSampling } from './sampling.ts'
import { addTraffic } from './traffic.ts'

const program = new Command('laurel')
  .description(
    "Turns a telecom operator's customer events into scores, missions, badges, points and leaderboards.",
  )
  .showHelpAfterError('Run it with --help to see what it takes.')
  .showSuggestionAfterError()

addLocal(program)
addTraffic(program)
addReads(program)
addFailures(program)
addPoints(program)
addProgram(program)
addHistory(program)
addReplay(program)
addSampling(program)
addProcesses(program)
addOpsPassword(program)
addAuditLog(program)

endWithReader()
try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${describe(error)}\n`)
  process.exit(1)
}
