import type { Redis } from 'ioredis'

/** Remembers that something has been brought into Redis: gone with everything else when Redis is emptied. */
export class Marker {
  readonly #redis: Redis
  readonly #key: string

  constructor(redis: Redis, key: string) {
    this.#redis = redis
    this.#key = key
  }

  async isSet(): Promise<boolean> {
    return (await this.#redis.exists(this.#key)) === 1
  }

  async set(): Promise<void> {
    await this.#redis.set(this.#key, new Date().toISOString())
  }

  async clear(): Promise<void> {
    await this.#redis.del(this.#key)
  }
}
