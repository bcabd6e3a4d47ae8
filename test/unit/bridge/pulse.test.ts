import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Backoff } from '../../../apps/bridge/backoff.ts'
import { Pulse } from '../../../apps/bridge/pulse.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

/** A pulse of which the test sees when it runs, and says how long and how well. */
function pulse(next: number) {
  const runs: number[] = []
  const lines: string[] = []
  const state = { takes: 0, fails: false }
  const tell = (_: object, message: string) => lines.push(message)
  const backoff = new Backoff('asking', { debug: tell, info: tell, warn: tell, error: tell })
  const task = async () => {
    runs.push(Date.now())
    await new Promise((resolve) => setTimeout(resolve, state.takes))
    if (state.fails) throw new Error('no answer')
    return next
  }
  return { it: new Pulse(task, backoff), runs, lines, state }
}

it('runs so long after it ended as its task says', async () => {
  const { it: task, runs, state } = pulse(100)
  state.takes = 10
  task.within(50)
  await pass(400)
  expect(runs).toEqual([50, 160, 270, 380])
})

it('runs sooner when asked, and never later', async () => {
  const { it: task, runs } = pulse(1_000)
  task.within(500)
  task.within(20)
  task.within(800)
  await pass(100)
  expect(runs).toEqual([20])
})

it('never runs twice at a time, but keeps what was asked for meanwhile', async () => {
  const { it: task, runs, state } = pulse(1_000)
  state.takes = 200
  task.within(0)
  await pass(50)
  task.within(0)
  task.within(30)
  await pass(149)
  expect(runs).toEqual([0])
  await pass(10)
  expect(runs).toEqual([0, 201])
})

it('waits longer and longer while its task fails, and tells it once', async () => {
  const { it: task, runs, lines, state } = pulse(100)
  state.fails = true
  task.within(0)
  await pass(10_000)
  const waits = runs.slice(1).map((at, index) => at - runs[index]!)
  expect(waits[0]).toBeLessThanOrEqual(100)
  expect(Math.max(...waits)).toBeLessThanOrEqual(1_000)
  expect(Math.min(...waits.slice(5))).toBeGreaterThanOrEqual(500)
  expect(lines).toEqual(['asking failed; trying again until it works'])
  state.fails = false
  await pass(2_000)
  expect(lines.slice(1)).toEqual(['asking works again'])
})

it('ends with the run that is under way', async () => {
  const { it: task, runs, state } = pulse(10)
  state.takes = 100
  task.within(0)
  await pass(50)
  let ended = false
  void task.stop().then(() => {
    ended = true
  })
  await pass(49)
  expect(ended).toBe(false)
  await pass(1_000)
  expect(ended).toBe(true)
  task.within(0)
  await pass(1_000)
  expect(runs).toEqual([0])
})
