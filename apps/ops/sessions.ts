import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Transport } from '#queue/transport.ts'
import { isSame } from './credentials.ts'
import type { User, Users } from './users.ts'

/** Seconds: as long as a shift. */
const LIFETIME = 12 * 60 * 60

interface Session {
  readonly user: string
  readonly proof: string
}

/**
 * Browsers that are logged in. They are kept in Redis, so that a restart logs nobody out and logging out
 * ends a session everywhere. A session holds as long as its user has the password that it began with, and
 * has the role that its user has now.
 */
export class Sessions {
  readonly #redis: Transport['redis']
  readonly #prefix: string
  readonly #users: Users

  constructor(redis: Transport['redis'], prefix: string, users: Users) {
    this.#redis = redis
    this.#prefix = prefix
    this.#users = users
  }

  /** @returns the token that the browser shows from now on */
  async open(user: User): Promise<string> {
    const token = randomBytes(32).toString('base64url')
    const session: Session = { user: user.name, proof: proofOf(user, token) }
    await this.#redis.set(this.#key(token), JSON.stringify(session), 'EX', LIFETIME)
    return token
  }

  /** Whose session it is; undefined where it has ended, or never was. */
  async userOf(token: string): Promise<User | undefined> {
    const kept = await this.#redis.get(this.#key(token))
    if (kept === null) return undefined
    const { user: name, proof } = JSON.parse(kept) as Session
    const user = this.#users.find(name)
    return user && isSame(proofOf(user, token), proof) ? user : undefined
  }

  async close(token: string): Promise<void> {
    await this.#redis.del(this.#key(token))
  }

  /** What stands in Redis is of no use to whoever reads it there. */
  #key(token: string): string {
    return `${this.#prefix}:ops-session:${createHash('sha256').update(token).digest('base64url')}`
  }
}

/** Only who knows the token and what is kept of the password can write a session that holds. */
function proofOf({ name, secret }: User, token: string): string {
  return createHmac('sha256', secret).update(`${name} ${token}`).digest('base64url')
}
