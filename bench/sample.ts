import { diary } from '../apps/cli/diary.ts'
import { HOME } from '../apps/cli/population/message.ts'
import { auditFaults } from './accuracy.ts'
import { type Run, runInstalled } from './installed.ts'
import type { ProgramName } from './program.ts'

/** What `laurel sample` makes up: a prepaid operator's customers over days, the last of which is yesterday. */
export interface Sample {
  readonly program: ProgramName
  readonly people: number
  readonly days: number
  readonly seed: number
}

const TOPIC = 'customer-events'

/** Measures how fast a sample is taken from Kafka to gamified; an event of it is a message, those sent twice included. */
export function runSample(
  { program, people, days, seed }: Sample,
  abort: AbortSignal,
  log: (line: string) => void,
): Promise<Run> {
  const from = HOME.day(Date.now()) - days
  const lines = [...diary({ customers: people, days, seed, from, tariff: 'prepaid' })]
  return runInstalled(
    program,
    {
      lay: async (installation) => {
        await installation.publish(lines.map((value) => ({ topic: TOPIC, value })))
        return lines.length
      },
      faultsIn: async (installation) => {
        const [row] = await installation.database.sql<[{ messages: number; open: number; failures: number }]>`
          select sum(messages)::bigint as messages,
            count(*) filter (where scored_at is null or gamified_at is null) as open,
            (select count(*) from failures) as failures
          from batches`
        return [
          row.messages === lines.length ? '' : `${row.messages} messages instead of ${lines.length}`,
          row.open === 0 ? '' : `${row.open} batches are not through`,
          row.failures === 0 ? '' : `${row.failures} failures`,
          ...(await auditFaults(installation)),
        ].filter((fault) => fault !== '')
      },
    },
    abort,
    log,
  )
}
