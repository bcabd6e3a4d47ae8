import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { load } from '../../apps/cli/population.ts'
import { disturbed } from '../support/disturbance.ts'
import { Installation, type Running } from '../support/installation.ts'
import { reportOf } from '../support/report.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const EVENTS = 2_000
const CLOCK = pathToFileURL('test/support/clock.js').href

let installation: Installation
beforeEach(async () => {
  installation = await Installation.create()
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(await reportOf(installation))
  await installation.stop()
})

/** A process whose clock is so many minutes fast, or slow. */
function start(minutes: number, name: string, ...command: string[]): Promise<Running> {
  Object.assign(installation.environment, {
    NODE_OPTIONS: `--import=${CLOCK}`,
    CLOCK_SHIFT: String(minutes * MINUTE),
  })
  return installation.start(name, ...command)
}

/** What a process says that the time was when it wrote its last line. */
function clockOf(name: string): number {
  const last = readFileSync(join(installation.directory, `${name}.log`), 'utf8')
    .trimEnd()
    .split('\n')
    .at(-1)!
  return Date.parse((JSON.parse(last) as { time: string }).time)
}

test('processes whose clocks are ten minutes fast or slow come to the same numbers', async () => {
  const to = new Date()
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const period = { from: new Date(to.getTime() - 40 * DAY), to, zone }
  const messages = [
    ...load({ seed: 5, events: EVENTS, customers: EVENTS / 10, bad: 0.02, duplicates: 0.05, ...period }),
  ]
  const sent = disturbed(messages, 5, 1)
  await start(10, 'bridge', 'bridge')
  const fast = await start(10, 'fast', 'worker')
  await start(-10, 'slow', 'worker')
  await installation.publish(sent.slice(0, EVENTS / 2))
  await installation.settled()
  expect(clockOf('fast') - clockOf('slow')).toBeGreaterThan(19 * MINUTE)
  // What it has put off until its own time must not wait for that.
  await fast.kill()
  await installation.publish(sent.slice(EVENTS / 2))
  await installation.settled()
  Object.assign(installation.environment, { NODE_OPTIONS: '' })
  await installation.startApi()
  expect(await installation.differences()).toEqual([])
  expect(await installation.imbalances()).toEqual([])
}, 180_000)
