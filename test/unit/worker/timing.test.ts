import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { Metrics } from '#runtime/metrics.ts'
import { timed } from '../../../apps/worker/timing.ts'

const sumOf = async (metrics: Metrics, name: string) => {
  const lines = (await metrics.registry.metrics()).split('\n')
  const value = (suffix: string) =>
    Number(lines.find((line) => line.startsWith(`${name}_${suffix}{queue="scoring"}`))?.split(' ')[1] ?? 0)
  return { count: value('count'), sum: value('sum') }
}

it('tells how long a job was due before its first run, and how long the run took', async () => {
  const metrics = new Metrics()
  const job = { attemptsStarted: 1, timestamp: Date.now() - 5_000, delay: 2_000 }
  expect(await timed(metrics, 'scoring', job, () => delay(30, 'done'))).toBe('done')
  const wait = await sumOf(metrics, 'laurel_job_wait_seconds')
  expect(wait.count).toBe(1)
  expect(wait.sum).toBeGreaterThanOrEqual(3)
  expect(wait.sum).toBeLessThan(3.5)
  const run = await sumOf(metrics, 'laurel_job_run_seconds')
  expect(run.count).toBe(1)
  expect(run.sum).toBeGreaterThan(0.02)
  expect(run.sum).toBeLessThan(1)
})

it('counts a later run, but not as one that had to wait', async () => {
  const metrics = new Metrics()
  const job = { attemptsStarted: 2, timestamp: Date.now() - 5_000, delay: 0 }
  await timed(metrics, 'scoring', job, async () => {})
  expect((await sumOf(metrics, 'laurel_job_wait_seconds')).count).toBe(0)
  expect((await sumOf(metrics, 'laurel_job_run_seconds')).count).toBe(1)
})

it('counts a run that fails, and passes its error on', async () => {
  const metrics = new Metrics()
  const job = { attemptsStarted: 1, timestamp: Date.now(), delay: 0 }
  await expect(timed(metrics, 'scoring', job, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect((await sumOf(metrics, 'laurel_job_run_seconds')).count).toBe(1)
})
