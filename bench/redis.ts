import { setTimeout as delay } from 'node:timers/promises'
import { connectProducer } from '#queue/redis.ts'
import type { Installation } from '../test/support/installation.ts'

/** A number that an installation's Redis tells of itself, such as `used_memory_peak` of its section `memory`. */
export async function redisFigure({ stack }: Installation, section: string, name: string): Promise<number> {
  const redis = connectProducer(stack.addresses.redisUrl)
  try {
    while (redis.status !== 'ready') await delay(20)
    return Number(new RegExp(`${name}:(\\d+)`).exec(await redis.info(section))![1])
  } finally {
    redis.disconnect()
  }
}
