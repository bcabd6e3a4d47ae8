import { once } from 'node:events'
import type { Response } from 'express'

/** An answer of one JSON value a line, each sent as soon as it is known. */
export class Lines {
  readonly #response: Response
  readonly #left = new AbortController()

  constructor(response: Response) {
    this.#response = response
    response.on('close', () => this.#left.abort())
    if (response.closed || response.destroyed) this.#left.abort()
    // nginx would hold lines back until it has a page of them.
    response.set('x-accel-buffering', 'no')
    response.status(200).type('application/x-ndjson').flushHeaders()
  }

  /** Aborted once nobody listens any more. */
  get left(): AbortSignal {
    return this.#left.signal
  }

  /** Returns when there is room for more: a slow reader must not make this process hold a million lines. */
  async write(...values: readonly unknown[]): Promise<void> {
    if (this.left.aborted || values.length === 0) return
    const text = values.map((value) => `${JSON.stringify(value)}\n`).join('')
    if (!this.#response.write(text))
      await once(this.#response, 'drain', { signal: this.left }).catch(() => {})
  }

  end(): void {
    this.#response.end()
  }
}
