import type { Redis } from 'ioredis'
import type { RankedStanding } from './jobs.ts'
import { Marker } from './marker.ts'

/**
 * Leaderboards as sorted sets: score is the negated total, and the member begins with the position at which
 * the total was reached, so that ascending order is the order of the board and equals stand by who came
 * first. A hash beside each set knows every customer's present member and the revision it came with.
 */
const APPLY = `
for i = 1, #ARGV, 4 do
  local customer, revision, score, member = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2], ARGV[i + 3]
  local known = redis.call('HGET', KEYS[2], customer)
  local old = -1
  local oldMember = ''
  if known then
    local cut = string.find(known, '|', 1, true)
    old = tonumber(string.sub(known, 1, cut - 1))
    oldMember = string.sub(known, cut + 1)
  end
  if revision > old then
    if oldMember ~= '' then redis.call('ZREM', KEYS[1], oldMember) end
    if member ~= '' then redis.call('ZADD', KEYS[1], score, member) end
    redis.call('HSET', KEYS[2], customer, ARGV[i + 1] .. '|' .. member)
  end
end`

const PORTION = 1_000
/** Moves times before 1970 above zero, so that their digits sort as text. */
const EPOCH_SHIFT = 100_000_000_000_000
const TIME_DIGITS = 16
const IDENTITY_LENGTH = 36

export interface Entry {
  readonly customerId: number
  /** Competition rank: equals share it, and the next one is as if they did not (1, 2, 2, 4). */
  readonly rank: number
  /** Ten-thousandths. */
  readonly total: number
  /** Unix ms: when the total reached its present height. */
  readonly achievedAt: number
}

export class Leaderboards {
  readonly #redis: Redis
  readonly #prefix: string
  /** Set while the index holds everything. */
  readonly complete: Marker
  /** Set from when the index is emptied until it is whole again. */
  readonly building: Marker

  constructor(redis: Redis, prefix: string) {
    this.complete = new Marker(redis, `${prefix}:boards-complete`)
    this.building = new Marker(redis, `${prefix}:boards-building`)
    this.#redis = redis
    this.#prefix = prefix
  }

  /** Takes over totals; one whose revision is not newer than what is known changes nothing. */
  async apply(standings: readonly RankedStanding[]): Promise<void> {
    const byBoard = new Map<string, RankedStanding[]>()
    for (const standing of standings) {
      const key = this.#key(standing.board, standing.period)
      const same = byBoard.get(key)
      if (same) same.push(standing)
      else byBoard.set(key, [standing])
    }
    for (const [key, all] of byBoard) {
      for (let i = 0; i < all.length; i += PORTION) {
        const args = all
          .slice(i, i + PORTION)
          .flatMap((standing) => [
            standing.customerId,
            standing.revision,
            -standing.total,
            standing.total <= 0 ? '' : memberOf(standing),
          ])
        await this.#redis.eval(APPLY, 2, key, `${key}:members`, ...args)
      }
    }
  }

  /** The first so many entries. */
  async top(board: string, period: string, limit: number): Promise<readonly Entry[]> {
    return this.#range(this.#key(board, period), 0, limit)
  }

  /** So many entries with a customer in the middle; empty where that customer has no rank. */
  async around(board: string, period: string, customer: number, limit: number): Promise<readonly Entry[]> {
    const key = this.#key(board, period)
    const member = await this.#member(key, customer)
    const place = member && (await this.#redis.zrank(key, member))
    if (typeof place !== 'number') return []
    return this.#range(key, Math.max(0, place - (limit >> 1)), limit)
  }

  /** A customer's rank and total; undefined where there is none. */
  async rank(board: string, period: string, customer: number): Promise<Entry | undefined> {
    const key = this.#key(board, period)
    const member = await this.#member(key, customer)
    const place = member && (await this.#redis.zrank(key, member))
    if (typeof place !== 'number') return undefined
    const [entry] = await this.#range(key, place, 1)
    return entry
  }

  /** Empties the index. */
  async clear(): Promise<void> {
    await this.complete.clear()
    for await (const keys of this.#redis.scanStream({ match: `${this.#prefix}:board:*`, count: 1_000 })) {
      // A set and its members go at once: a total that comes in between would find one without the other.
      const boards = new Set((keys as string[]).map((key) => key.replace(/:members$/, '')))
      for (const board of boards) await this.#redis.unlink(board, `${board}:members`)
    }
  }

  #key(board: string, period: string): string {
    return `${this.#prefix}:board:${board}:${period}`
  }

  async #member(key: string, customer: number): Promise<string | undefined> {
    const known = await this.#redis.hget(`${key}:members`, String(customer))
    return known?.slice(known.indexOf('|') + 1) || undefined
  }

  async #range(key: string, start: number, count: number): Promise<readonly Entry[]> {
    const flat = await this.#redis.zrange(key, String(start), String(start + count - 1), 'WITHSCORES')
    const entries: Entry[] = []
    for (let i = 0; i < flat.length; i += 2) {
      const total = -Number(flat[i + 1])
      const before = entries.at(-1)
      const place = start + i / 2 + 1
      const rank =
        before?.total === total
          ? before.rank
          : before
            ? place
            : (await this.#redis.zcount(key, '-inf', `(${flat[i + 1]}`)) + 1
      entries.push({ ...parseMember(flat[i]!), total, rank })
    }
    return entries
  }
}

function memberOf({ at, identity, customerId }: RankedStanding): string {
  return `${String(at + EPOCH_SHIFT).padStart(TIME_DIGITS, '0')}${identity}${customerId}`
}

function parseMember(member: string): { customerId: number; achievedAt: number } {
  return {
    achievedAt: Number(member.slice(0, TIME_DIGITS)) - EPOCH_SHIFT,
    customerId: Number(member.slice(TIME_DIGITS + IDENTITY_LENGTH)),
  }
}
