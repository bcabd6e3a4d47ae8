import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'

const SET_WHILE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
return 1`

/** Remembers that something has been brought into Redis: gone with everything else when Redis is emptied. */
export class Marker {
  readonly #redis: Redis
  readonly #key: string

  constructor(redis: Redis, key: string) {
    this.#redis = redis
    this.#key = key
  }

  async isSet(): Promise<boolean> {
    return (await this.value()) !== null
  }

  /** Another one each time it is set: tells whether Redis was emptied in between. */
  async value(): Promise<string | null> {
    return this.#redis.get(this.#key)
  }

  /** Does nothing where it is set. */
  async set(): Promise<void> {
    await this.#redis.set(this.#key, randomUUID(), 'NX')
  }

  /** Sets it only while another marker has this value still. */
  async setWhile(other: Marker, value: string): Promise<boolean> {
    const set = await this.#redis.eval(SET_WHILE, 2, other.#key, this.#key, value, randomUUID())
    return set === 1
  }

  async clear(): Promise<void> {
    await this.#redis.del(this.#key)
  }
}
