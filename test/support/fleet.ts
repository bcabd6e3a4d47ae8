import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { pick, type Random } from '../../apps/cli/population/random.ts'
import { type Installation, type Running, until } from './installation.ts'

/** How soon a process that has ended is started again, ms. */
const PAUSE = 300
const PATIENCE = 120_000
const SILENT = { stdio: 'ignore', detached: true } as const

const COMMANDS = {
  bridge: ['bridge'],
  normalization: ['worker', '--pools', 'normalization'],
  scoring: ['worker', '--pools', 'scoring'],
  gamification: ['worker', '--pools', 'gamification'],
  others: ['worker', '--pools', 'leaderboards,failed-events,delivery,maintenance'],
  api: ['api'],
} as const satisfies Record<string, readonly string[]>

/** What a process does; every pool is some worker's. */
export type Role = keyof typeof COMMANDS
export const ROLES = Object.keys(COMMANDS) as Role[]
export const WORKERS: readonly Role[] = ['normalization', 'scoring', 'gamification', 'others']

/** One process, started again whenever it ends, as systemd or Kubernetes would. */
class Member {
  readonly role: Role
  #running: Running | undefined
  #isWanted = true
  readonly #over: Promise<void>

  constructor(role: Role, name: string, installation: Installation) {
    this.role = role
    this.#over = this.#supervise(name, installation)
  }

  /** The process, once it is ready. */
  get running(): Running | undefined {
    return this.#running
  }

  ready(): Promise<void> {
    return until(
      async () => this.#running !== undefined,
      PATIENCE,
      () => `${this.role} was never ready`,
    )
  }

  /** Ends it for good. */
  async remove(): Promise<void> {
    this.#isWanted = false
    await this.#running?.stop()
    await this.#over
  }

  async #supervise(name: string, installation: Installation): Promise<void> {
    while (this.#isWanted) {
      try {
        const running = await installation.start(name, ...COMMANDS[this.role])
        this.#running = running
        if (!this.#isWanted) await running.stop()
        await running.ended
      } catch {
        // It ended before it was ready, since a service was away: its log says so.
      }
      this.#running = undefined
      if (this.#isWanted) await delay(PAUSE)
    }
  }
}

/** All of Laurel's processes, under supervision. */
export class Fleet {
  readonly #installation: Installation
  readonly #members: Member[] = []
  #count = 0

  private constructor(installation: Installation) {
    this.#installation = installation
  }

  /** One process of each role, ready. */
  static async start(installation: Installation): Promise<Fleet> {
    await installation.reserveApi()
    const fleet = new Fleet(installation)
    await Promise.all(ROLES.map((role) => fleet.add(role)))
    return fleet
  }

  /** One more of a role; resolves when it is ready. */
  async add(role: Role): Promise<Member> {
    const member = new Member(role, `${role}-${++this.#count}`, this.#installation)
    this.#members.push(member)
    await member.ready()
    return member
  }

  async remove(member: Member): Promise<void> {
    this.#members.splice(this.#members.indexOf(member), 1)
    await member.remove()
  }

  /** kill -9 of some process of a role, once it is ready. */
  async kill(role: Role, random: Random): Promise<void> {
    const member = pick(random, this.#of(role))
    await member.ready()
    await member.running?.kill()
  }

  /** SIGTERM to all at once; they are started again. */
  async terminate(): Promise<void> {
    await Promise.all(this.#members.map(({ running }) => running?.stop()))
  }

  /** Stops a process of a role where it is, for so many ms: as an event loop that is blocked, but for every thread. */
  async block(role: Role, random: Random, ms: number): Promise<void> {
    const member = pick(random, this.#of(role))
    await member.ready()
    const { running } = member
    if (!running) return
    // By a process of its own: what is stopped goes on even if the test ends meanwhile.
    const script = 'kill -s STOP "$1"; sleep "$2"; kill -s CONT "$1"'
    await once(
      spawn('/bin/sh', ['-c', script, 'block', String(running.pid), String(ms / 1_000)], SILENT),
      'exit',
    )
  }

  /** Ends all for good. */
  async stop(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.remove()))
  }

  #of(role: Role): readonly Member[] {
    return this.#members.filter((member) => member.role === role)
  }
}
