import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rebuildLeaderboards } from '#pipeline/leaderboards.ts'
import { record } from '#pipeline/normalization.ts'
import { runLeaderboards } from '#pipeline/stages.ts'
import { sweep } from '#pipeline/sweeper.ts'
import { loadProgram } from '#runtime/program.ts'
import { openPipeline, recharge, type TestPipeline } from '../../support/pipeline.ts'

let pipeline: TestPipeline
beforeAll(async () => {
  const { text } = loadProgram('programs/telco')
  const plays = '  - { id: plays, sum: value, on: play, period: { days: 10, starting: 2026-11-06 } }'
  pipeline = await openPipeline(`${text}\n${plays}\n`)
})
afterAll(() => pipeline.close())

const WEEK = '2026-W47'

async function earn(customer: string, value: number, timestamp: string): Promise<void> {
  const { batch } = await pipeline.run(recharge({ customer_id: customer, value, timestamp }))
  await runLeaderboards(pipeline, { batches: [batch] })
}

const board = async () =>
  (await pipeline.leaderboards.top('points-week', WEEK, 100)).map(({ rank, total, achievedAt }) => [
    rank,
    total / 10_000,
    new Date(achievedAt).toISOString().slice(11, 16),
  ])

describe('a leaderboard', () => {
  test('ranks 1, 2, 2, 4, the earlier achiever first, and follows corrections', async () => {
    await earn('d', 700, '2026-11-19T06:00:00Z')
    await earn('c', 800, '2026-11-19T05:00:00Z')
    await earn('b', 800, '2026-11-19T04:00:00Z')
    await earn('a', 900, '2026-11-19T03:00:00Z')
    const expected = [
      [1, 90, '03:00'],
      [2, 80, '04:00'],
      [2, 80, '05:00'],
      [4, 70, '06:00'],
    ]
    expect(await board()).toEqual(expected)
    await earn('d', 100, '2026-11-19T07:00:00Z')
    expect((await board()).at(-1)).toEqual([2, 80, '07:00'])
  })

  test('ranks sums of values, of so many days, and falls where an event of it is reversed', async () => {
    const play = (customer: string, value: number, time: string) =>
      recharge({
        event_id: `play-${time}`,
        event_type: 'play',
        customer_id: customer,
        value,
        timestamp: at(time),
      })
    const at = (time: string) => `2026-11-20T${time}:00Z`
    const sums = async () =>
      (await pipeline.leaderboards.top('plays', '2026-11-16..2026-11-25', 10)).map(({ rank, total }) => [
        rank,
        total / 10_000,
      ])
    const told = async (...values: Record<string, unknown>[]) => {
      const { batch } = await pipeline.run(...values)
      await runLeaderboards(pipeline, { batches: [batch] })
    }
    await told(play('u4', 70, '04:00'), play('u3', 80, '03:00'), play('u1', 90, '01:00'))
    await told(play('u2', 65, '02:10'), play('u2', 15, '02:00'), play('u5', -5, '05:00'))
    expect(await sums()).toEqual([
      [1, 90],
      [2, 80],
      [2, 80],
      [4, 70],
    ])
    const [, first] = await pipeline.leaderboards.top('plays', '2026-11-16..2026-11-25', 10)
    expect(new Date(first!.achievedAt).toISOString()).toBe(`2026-11-20T02:10:00.000Z`)
    await told({ ...play('u2', 15, '06:00'), reverses: 'play-02:00' })
    expect(await sums()).toEqual([
      [1, 90],
      [2, 80],
      [3, 70],
      [4, 65],
    ])
  })

  test('takes no older total over a newer one', async () => {
    const [before] = await pipeline.leaderboards.top('points-all', 'all', 1)
    await pipeline.leaderboards.apply([
      {
        board: 'points-all',
        period: 'all',
        customerId: before!.customerId,
        total: 1,
        at: 0,
        identity: '0'.repeat(36),
        revision: 0,
      },
    ])
    expect(await pipeline.leaderboards.top('points-all', 'all', 1)).toEqual([before])
  })

  test('is not called whole where Redis was emptied while it was made anew', async () => {
    const { leaderboards, transport, prefix } = pipeline
    await rebuildLeaderboards({
      database: pipeline.database,
      leaderboards: Object.assign(Object.create(leaderboards) as typeof leaderboards, {
        clear: () => leaderboards.clear(),
        apply: async (standings: Parameters<typeof leaderboards.apply>[0]) => {
          await leaderboards.apply(standings)
          await transport.redis.unlink(...(await transport.redis.keys(`${prefix}:board*`)))
        },
      }),
    })
    expect(await leaderboards.complete.isSet()).toBe(false)
  })

  test('is the same when it is made anew', async () => {
    await rebuildLeaderboards(pipeline)
    const before = await board()
    const { length } = await pipeline.transport.redis.keys(`${pipeline.prefix}:board:*`)
    expect(length).toBeGreaterThan(0)
    await rebuildLeaderboards(pipeline)
    expect(await board()).toEqual(before)
  })
})

describe('the sweeper', () => {
  test('gives an overdue batch the jobs that it lacks, once', async () => {
    const { batch } = await record(pipeline.database, pipeline.sources, pipeline.recording(recharge()), false)
    await pipeline.database
      .sql`update batches set recorded_at = now() - interval '1 minute' where id = ${batch}`
    await sweep(pipeline)
    await sweep(pipeline)
    for (const name of ['scoring', 'gamification'] as const) {
      const jobs = await pipeline.queues[name].getJobs(['waiting'])
      expect(jobs.filter(({ data }) => data.batch === batch)).toHaveLength(1)
    }
  })

  test('makes the leaderboards anew when Redis was emptied', async () => {
    const before = await board()
    await pipeline.transport.redis.unlink(...(await pipeline.transport.redis.keys(`${pipeline.prefix}:*`)))
    expect(await board()).toEqual([])
    expect((await sweep(pipeline)).rebuilt).toBe(true)
    expect(await board()).toEqual(before)
  })
})
