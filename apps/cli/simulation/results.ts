import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const PORTION = 1 << 20

/** Results on disk in any order, which are read in that of their keys. Memory holds the keys only. */
export class Results {
  readonly #file: number
  readonly #places: { readonly key: string; readonly at: number; readonly length: number }[] = []
  #size = 0
  #waiting: Buffer[] = []
  #bytes = 0

  constructor(directory: string) {
    this.#file = openSync(join(directory, 'results'), 'w+')
  }

  add(key: string, text: string): void {
    const bytes = Buffer.from(text)
    this.#places.push({ key, at: this.#size, length: bytes.length })
    this.#size += bytes.length
    this.#waiting.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes >= PORTION) this.#write()
  }

  /** To be called once. */
  *inOrder(): Generator<{ readonly key: string; readonly text: string }> {
    this.#write()
    this.#places.sort((a, b) => (a.key < b.key ? -1 : 1))
    for (const { key, at, length } of this.#places) {
      const bytes = Buffer.allocUnsafe(length)
      readSync(this.#file, bytes, 0, length, at)
      yield { key, text: bytes.toString() }
    }
    closeSync(this.#file)
  }

  #write(): void {
    if (this.#bytes > 0) writeSync(this.#file, Buffer.concat(this.#waiting))
    this.#waiting = []
    this.#bytes = 0
  }
}
