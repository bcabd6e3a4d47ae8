import type { Backoff } from './backoff.ts'

/** Runs a task again and again, never twice at a time: so long after it ended as it said, or as its failures say. */
export class Pulse {
  readonly #task: () => Promise<number>
  readonly #backoff: Backoff
  #timer: NodeJS.Timeout | null = null
  #due = Number.POSITIVE_INFINITY
  #running: Promise<void> | null = null
  #stopped = false

  /** @param task answers in how many ms it wants to run again. */
  constructor(task: () => Promise<number>, backoff: Backoff) {
    this.#task = task
    this.#backoff = backoff
  }

  /** The next run comes within so many ms, however late it was due. */
  within(ms: number): void {
    const due = Date.now() + ms
    if (this.#stopped || due >= this.#due) return
    this.#due = due
    if (this.#running) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#running = this.#run()
    }, ms)
  }

  /** No run begins any more; resolves when the last has ended. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#running
  }

  async #run(): Promise<void> {
    this.#due = Number.POSITIVE_INFINITY
    let next: number
    try {
      next = await this.#task()
      this.#backoff.succeeded()
    } catch (error) {
      next = this.#backoff.failed(error)
    }
    this.#running = null
    // What was asked for meanwhile may be earlier.
    const asked = this.#due - Date.now()
    this.#due = Number.POSITIVE_INFINITY
    this.within(Math.max(0, Math.min(asked, next)))
  }
}
