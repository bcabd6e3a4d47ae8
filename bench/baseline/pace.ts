import type { Installation } from '../../test/support/installation.ts'
import { usageOf } from '../usage.ts'

/** How fast a way of doing things is, and what it takes. */
export interface Pace {
  readonly events: number
  /** Events a second. */
  readonly rate: number
  /** µs of CPU an event, of this process, PostgreSQL and Redis. */
  readonly cpu: number
}

/** Measures from its making on. */
export class PaceMeter {
  readonly #installation: Installation
  readonly #begun = performance.now()
  readonly #cpu: number

  constructor(installation: Installation) {
    this.#installation = installation
    this.#cpu = cpuOf(installation)
  }

  /** @param events how many are done with by now */
  read(events: number): Pace {
    const seconds = (performance.now() - this.#begun) / 1_000
    return { events, rate: events / seconds, cpu: (cpuOf(this.#installation) - this.#cpu) / events }
  }
}

/** µs that this process, PostgreSQL and Redis have used since they began. */
function cpuOf({ stack: { postgres, redis } }: Installation): number {
  const { user, system } = process.cpuUsage()
  return user + system + usageOf(postgres.pid!).cpu + usageOf(redis.pid!).cpu
}
