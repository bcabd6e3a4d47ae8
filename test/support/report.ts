import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { queueDepths } from '#queue/queues.ts'
import { openTransport } from '#queue/transport.ts'
import { GROUP, type Installation, TOPICS } from './installation.ts'

const TAIL = 25
const LONGEST_LINE = 600
/** For a service that does not answer. */
const PATIENCE = 5_000

/** Where everything stands, and the end of every log: what is needed to understand a test that failed elsewhere. */
export async function reportOf(installation: Installation): Promise<string> {
  const [lag, batches, queues] = await Promise.all([
    within(lagOf(installation)),
    within(openBatches(installation)),
    within(depths(installation)),
  ])
  return [
    `lag: ${lag}`,
    `open batches: ${batches}`,
    `queues: ${queues}`,
    ...logs(installation.directory),
    ...logs(join(installation.directory, 'logs')),
  ].join('\n')
}

async function within(task: Promise<unknown>): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE, `no answer after ${PATIENCE} ms`)
  })
  const answer = await Promise.race([task, late]).catch(String)
  clearTimeout(timer)
  return JSON.stringify(answer)
}

async function lagOf({ admin }: Installation) {
  const lags = await admin.lag(GROUP, TOPICS)
  return Object.fromEntries(
    lags.filter(({ lag }) => lag > 0).map(({ topic, partition, lag }) => [`${topic}/${partition}`, lag]),
  )
}

async function openBatches({ database }: Installation) {
  const [counted] = await database.sql`
    select count(*) filter (where scored_at is null) as unscored,
      count(*) filter (where gamified_at is null) as ungamified,
      count(*) filter (where ranked_at is null) as unranked,
      min(id) as first, now() - min(recorded_at) as oldest
    from batches where scored_at is null or gamified_at is null or ranked_at is null`
  return counted
}

async function depths({ environment }: Installation) {
  const transport = await openTransport(environment.REDIS_URL!, environment.REDIS_PREFIX ?? 'laurel')
  try {
    return await queueDepths(transport.queues)
  } finally {
    await transport.close()
  }
}

function logs(directory: string): string[] {
  if (!existsSync(directory)) return [`--- ${directory} is gone`]
  return readdirSync(directory)
    .filter((name) => name.endsWith('.log'))
    .toSorted()
    .flatMap((name) => {
      const lines = readFileSync(join(directory, name), 'utf8').trimEnd().split('\n').slice(-TAIL)
      return [`--- the end of ${name}`, ...lines.map((line) => line.slice(0, LONGEST_LINE))]
    })
}
