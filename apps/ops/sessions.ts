import { createHmac, randomBytes } from 'node:crypto'
import type { Transport } from '#queue/transport.ts'

/** Seconds: as long as a shift. */
const LIFETIME = 12 * 60 * 60

/**
 * Browsers that are logged in. They are kept in Redis, so that a restart logs nobody out and logging out
 * ends a session everywhere. A new password ends them all: it is part of their keys.
 */
export class Sessions {
  readonly #redis: Transport['redis']
  readonly #prefix: string
  readonly #password: string

  constructor(redis: Transport['redis'], prefix: string, password: string) {
    this.#redis = redis
    this.#prefix = prefix
    this.#password = password
  }

  /** @returns the token that the browser shows from now on */
  async open(user: string): Promise<string> {
    const token = randomBytes(32).toString('base64url')
    await this.#redis.set(this.#key(token), user, 'EX', LIFETIME)
    return token
  }

  /** Whose session it is; null where it has ended, or never was. */
  async userOf(token: string): Promise<string | null> {
    return this.#redis.get(this.#key(token))
  }

  async close(token: string): Promise<void> {
    await this.#redis.del(this.#key(token))
  }

  /** What stands in Redis is of no use to whoever reads it there. */
  #key(token: string): string {
    const name = createHmac('sha256', this.#password).update(token).digest('base64url')
    return `${this.#prefix}:ops-session:${name}`
  }
}
