import type { Installation } from '../test/support/installation.ts'
import type { Latency } from './live.ts'

/** The marks on a batch's row, in the order in which they come, and what each says. */
export const MARKS = {
  recorded_at: 'being recorded',
  scored_at: 'scored',
  gamified_at: 'gamified',
  ranked_at: 'ranked',
} as const
export type Mark = keyof typeof MARKS

/**
 * How long events took from Kafka's timestamp to each mark, ms: of those that reached Kafka from one time to another,
 * both Unix ms. A mark is set within its stage's transaction; `recorded_at` is when that of normalization began.
 */
export async function latencyToMarks(
  { database: { sql } }: Installation,
  from: number,
  to: number,
): Promise<Readonly<Record<Mark, Latency>>> {
  const found: [string, Latency][] = []
  for (const mark of Object.keys(MARKS)) {
    const [row] = await sql<[Latency]>`
      select count(*)::bigint as events, percentile_cont(0.5) within group (order by ms) as p50,
        percentile_cont(0.99) within group (order by ms) as p99,
        percentile_cont(0.999) within group (order by ms) as p999
      from (
        select extract(epoch from b.${sql(mark)} - e.arrived_at)::float * 1000 as ms
        from events e join batches b on b.id = e.batch_id
        where e.arrived_at >= to_timestamp(${from / 1_000}) and e.arrived_at < to_timestamp(${to / 1_000})
      ) live`
    found.push([mark, row])
  }
  return Object.fromEntries(found) as Record<Mark, Latency>
}

export const POOLS = ['normalization', 'scoring', 'gamification', 'leaderboards'] as const
export type Pool = (typeof POOLS)[number]

/** What a worker's pools have done: of each a number of jobs, and how long these waited and ran in sum, s. */
export type Work = Readonly<
  Record<Pool, { readonly jobs: number; readonly wait: number; readonly run: number }>
>

/** What a worker has done since it began, by its own metrics. */
export async function workOf(metricsPort: number): Promise<Work> {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`)
  const lines = (await response.text()).split('\n')
  const read = (name: string, queue: Pool) =>
    Number(lines.find((line) => line.startsWith(`${name}{queue="${queue}"}`))?.split(' ')[1] ?? 0)
  return work((pool) => ({
    jobs: read('laurel_job_run_seconds_count', pool),
    wait: read('laurel_job_wait_seconds_sum', pool),
    run: read('laurel_job_run_seconds_sum', pool),
  }))
}

/** What it did from one time to another. */
export function workBetween(from: Work, to: Work): Work {
  return work((pool) => ({
    jobs: to[pool].jobs - from[pool].jobs,
    wait: to[pool].wait - from[pool].wait,
    run: to[pool].run - from[pool].run,
  }))
}

function work(of: (pool: Pool) => Work[Pool]): Work {
  return Object.fromEntries(POOLS.map((pool) => [pool, of(pool)])) as Record<Pool, Work[Pool]>
}
