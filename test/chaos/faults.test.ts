import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { mulberry32 } from '../../apps/cli/population/random.ts'
import { faultsOf, type Victim } from '../support/fault.ts'
import { Fleet } from '../support/fleet.ts'
import { Installation } from '../support/installation.ts'
import { reportOf } from '../support/report.ts'
import { TRAFFIC_TOKENS, Traffic } from '../support/traffic.ts'

/** A run is its seed: the same traffic and the same faults in the same order. */
const FIRST_SEED = Number(process.env.CHAOS_SEED ?? 1)
const SEEDS = Number(process.env.CHAOS_SEEDS ?? 1)
const FAULT_COUNT = Number(process.env.CHAOS_FAULTS ?? 4)
/** As for outages; a service that is frozen for longer than this shows nothing more. */
const FREEZE = Math.min(Number(process.env.OUTAGE_SECONDS ?? 4), 20) * 1_000
/** In the long form beyond a job's lock. */
const BLOCK = FREEZE < 20_000 ? FREEZE : 40_000
const LONGEST_GAP = 2_000
const PATIENCE = 180_000

let installation: Installation | undefined
let fleet: Fleet | undefined
let traffic: Traffic | undefined
let run: Run | undefined

/** What a seed has come to. */
interface Run {
  readonly begun: number
  readonly happened: string[]
  isOver: boolean
}

afterEach(async ({ task }) => {
  if (run) run.isOver = true
  traffic?.abandon()
  if (task.result?.state === 'fail') {
    console.error([task.name, ...(run?.happened ?? [])].join('\n'))
    if (installation) console.error(await reportOf(installation))
  }
  await fleet?.stop()
  await installation?.stop()
})

/** Lets faults happen one after the other, with gaps between them, as long as none has failed. */
async function befall(victim: Victim, faults: ReturnType<typeof faultsOf>, during: Run): Promise<void> {
  for (const fault of faults) {
    await delay(victim.random() * LONGEST_GAP)
    if (during.isOver) return
    const from = Date.now()
    await fault.run(victim)
    const [begun, ended] = [from, Date.now()].map((time) => seconds(time - during.begun))
    during.happened.push(`${begun}–${ended} s: ${fault.name}`)
  }
}

const seconds = (ms: number) => (ms / 1_000).toFixed(1)

test.each(Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i))(
  `CHAOS_SEED=%i CHAOS_FAULTS=${FAULT_COUNT}: nothing is lost, and nothing counts twice`,
  async (seed) => {
    installation = await Installation.create(TRAFFIC_TOKENS)
    fleet = await Fleet.start(installation)
    traffic = new Traffic(installation, seed, FAULT_COUNT * 1_500)
    const faults = faultsOf(mulberry32(seed), FAULT_COUNT)
    const victim = { installation, fleet, traffic, freeze: FREEZE, block: BLOCK }
    const own: Run = { begun: Date.now(), happened: [], isOver: false }
    run = own
    await Promise.all(
      (['services', 'processes'] as const).map((of, i) =>
        befall(
          { ...victim, random: mulberry32(seed * 2 + i) },
          faults.filter((fault) => fault.of === of),
          own,
        ),
      ),
    )
    await traffic.stop()
    const over = Date.now()
    await installation.settled(PATIENCE)
    const settled = Date.now()
    expect(await installation.differences(traffic.posted)).toEqual([])
    expect(await installation.imbalances()).toEqual([])
    console.log(
      `seed ${seed}: ${faults.length} faults in ${seconds(over - own.begun)} s, ${traffic.sent} messages, ` +
        `all of them counted ${seconds(settled - over)} s after the last one`,
    )
  },
  PATIENCE * 2 + FAULT_COUNT * 45_000,
)
