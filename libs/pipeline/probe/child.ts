import { appliedTo } from '#domain/customer.ts'
import { foldAll, NEW_GAME } from '#domain/fold.ts'
import { parseProgram } from '#domain/program.ts'
import { parseSources } from '#domain/source.ts'
import { deliveriesOf, prepare } from '../delivery.ts'
import type { Task } from '../probe.ts'

/** What `Probe` has forked: it does what it is told, and says so. It ends with its parent. */
const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone

/** Who it is takes no longer. */
const ANYBODY = { kind: 'other', value: 'anybody' } as const

function run(task: Task): void {
  if (task.kind === 'fold') {
    const program = parseProgram('tried out', task.program, 'tried out')
    foldAll(NEW_GAME, task.events, appliedTo(program, [ANYBODY]))
    return
  }
  const sources = parseSources('tried out', task.sources, hostZone)
  for (const delivery of deliveriesOf(task.batch, sources))
    prepare(task.fix === undefined ? delivery : { ...delivery, fix: task.fix }, sources)
}

process.on('disconnect', () => process.exit())
process.on('message', (task: Task) => {
  run(task)
  process.send!('done')
})
process.send!('ready')
