import { setTimeout as delay } from 'node:timers/promises'
import { connectProducer } from '#queue/redis.ts'
import type { Service } from '#stack/service.ts'
import { pick, type Random, shuffle } from '../../apps/cli/population/random.ts'
import { type Fleet, ROLES, WORKERS } from './fleet.ts'
import { type Installation, until } from './installation.ts'
import type { Traffic } from './traffic.ts'

/** What faults befall. */
export interface Victim {
  readonly installation: Installation
  readonly fleet: Fleet
  readonly traffic: Traffic
  readonly random: Random
  /** How long a service is frozen, ms. */
  readonly freeze: number
  /** How long a worker is blocked, ms: of more than 30 s its jobs have gone to another. */
  readonly block: number
}

interface Fault {
  readonly name: string
  /** What it befalls: a service at a time, and at the same time a process. */
  readonly of: 'services' | 'processes'
  readonly run: (victim: Victim) => Promise<void>
}

const SERVICES = ['redis', 'postgres', 'kafka'] as const

/** All that can happen in a chaos run. Each resolves when what it took away is back. */
const FAULTS: readonly Fault[] = [
  ...ROLES.map((role) => process(`${role} killed`, ({ fleet, random }) => fleet.kill(role, random))),
  process('all terminated', ({ fleet }) => fleet.terminate()),
  process('all killed', ({ fleet, random }) => together(ROLES.map((role) => fleet.kill(role, random)))),
  process('workers added and removed', async ({ fleet, random }) => {
    const role = pick(random, WORKERS)
    const members = await Promise.all([fleet.add(role), fleet.add(role)])
    for (const member of members) await fleet.remove(member)
  }),
  process('bridges added and removed', async ({ fleet }) => {
    const first = await fleet.add('bridge')
    const second = await fleet.add('bridge')
    await fleet.remove(first)
    await fleet.remove(second)
  }),
  process('a worker blocked', ({ fleet, random, block }) =>
    fleet.block(pick(random, WORKERS), random, block),
  ),
  process('the bridge blocked', ({ fleet, random, freeze }) => fleet.block('bridge', random, freeze)),
  process('messages doubled', ({ traffic }) => traffic.repeat(100)),
  ...SERVICES.flatMap((name) => [
    service(`${name} restarted`, name, async (each) => {
      await each.stop()
      await each.start()
    }),
    service(`${name} killed`, name, async (each) => {
      await each.kill()
      await each.start()
    }),
    service(`${name} frozen`, name, async (each, { freeze }) => {
      await each.freeze()
      await delay(freeze)
      await each.thaw()
    }),
  ]),
  { name: 'redis emptied', of: 'services', run: ({ installation }) => empty(installation) },
]

/** So many faults of a seed: every one comes before any comes again. */
export function faultsOf(random: Random, count: number): readonly Fault[] {
  const order: number[] = []
  while (order.length < count) {
    const all = FAULTS.map((_, index) => index)
    shuffle(random, all)
    order.push(...all)
  }
  return order.slice(0, count).map((index) => FAULTS[index]!)
}

function process(name: string, run: Fault['run']): Fault {
  return { name, of: 'processes', run }
}

function service(
  name: string,
  which: (typeof SERVICES)[number],
  run: (service: Service, victim: Victim) => Promise<void>,
): Fault {
  return { name, of: 'services', run: (victim) => run(victim.installation.stack[which], victim) }
}

async function together(tasks: readonly Promise<void>[]): Promise<void> {
  await Promise.all(tasks)
}

async function empty({ stack }: Installation): Promise<void> {
  const redis = connectProducer(stack.addresses.redisUrl)
  try {
    await until(async () => redis.status === 'ready', 5_000)
    await redis.flushall()
  } finally {
    redis.disconnect()
  }
}
