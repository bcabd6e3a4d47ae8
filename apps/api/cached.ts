import { within } from '#runtime/deadline.ts'

/**
 * Something that is costly to find out, asked for at most once at a time: who asks within its lifetime gets
 * the last answer, and nobody waits longer than `patience`.
 */
export class Cached<T> {
  readonly #read: () => Promise<T>
  readonly #lifetime: number
  readonly #patience: number
  #latest: { readonly value: T; readonly at: number } | undefined
  #pending: Promise<T> | undefined

  /** Lifetime and patience in ms. */
  constructor(read: () => Promise<T>, lifetime = 1_000, patience = 1_800) {
    this.#read = read
    this.#lifetime = lifetime
    this.#patience = patience
  }

  /** @throws Late, or what the reading throws */
  async get(): Promise<T> {
    if (this.#latest && performance.now() - this.#latest.at < this.#lifetime) return this.#latest.value
    this.#pending ??= this.#renew()
    return within(this.#pending, this.#patience)
  }

  async #renew(): Promise<T> {
    try {
      const value = await this.#read()
      this.#latest = { value, at: performance.now() }
      return value
    } finally {
      this.#pending = undefined
    }
  }
}
