import { Programs } from '#pipeline/programs.ts'
import { settleDue } from '#pipeline/settlement.ts'
import { openTransport } from '#queue/transport.ts'
import { Metrics } from '#runtime/metrics.ts'
import { loadProgram } from '#runtime/program.ts'
import { connect } from '#store/database.ts'

// A process of its own that settles what is due: what a test kills.

const [, , database = '', redis = '', prefix = ''] = process.argv
const transport = await openTransport(redis, prefix)
await settleDue({
  ...transport,
  database: connect(database, { application: 'settling', connections: 2 }),
  programs: new Programs(),
  sources: loadProgram('programs/telco').sources,
  metrics: new Metrics(),
})
process.exit(0)
