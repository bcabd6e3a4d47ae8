import type { Log } from '#stream/log.ts'

const ceilingMs = 1_000

/** How long to wait for a service that does not answer; says so once when it goes, and once when it is back. */
export class Backoff {
  readonly #what: string
  readonly #log: Log
  #failures = 0

  constructor(what: string, log: Log) {
    this.#what = what
    this.#log = log
  }

  /** @returns ms until the next try, with jitter. */
  failed(error: unknown): number {
    if (this.#failures === 0)
      this.#log.warn({ err: error }, `${this.#what} failed; trying again until it works`)
    this.#failures += 1
    return Math.min(ceilingMs, 50 * 2 ** this.#failures) * (0.5 + Math.random() / 2)
  }

  succeeded(): void {
    if (this.#failures > 0) this.#log.info({ failures: this.#failures }, `${this.#what} works again`)
    this.#failures = 0
  }
}
