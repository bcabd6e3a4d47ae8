import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Characters that are kept in memory of each part before they are written. */
const PORTION = 1 << 15
const NEW_LINE = 10

/** Records that are too many for memory, on disk in parts, each of which fits. */
export class Spool {
  readonly #parts: { readonly path: string; readonly file: number; text: string }[]

  /** @param name begins the files' names */
  constructor(directory: string, name: string, parts: number) {
    this.#parts = Array.from({ length: parts }, (_, i) => {
      const path = join(directory, `${name}-${i}`)
      return { path, file: openSync(path, 'w'), text: '' }
    })
  }

  /** Adds a record to the part of its key. @param fields without tabs and line feeds */
  add(key: string, fields: readonly (string | number)[]): void {
    const part = this.#parts[hash(key) % this.#parts.length]!
    part.text += `${fields.join('\t')}\n`
    if (part.text.length >= PORTION) this.#write(part)
  }

  /** The records of each part, in the order in which they were added; none is added any more. */
  *parts(): Generator<Iterable<readonly string[]>> {
    for (const part of this.#parts) {
      this.#write(part)
      yield recordsOf(readFileSync(part.path))
    }
  }

  /** Makes room on the disk. */
  remove(): void {
    for (const { path, file } of this.#parts) {
      closeSync(file)
      rmSync(path)
    }
  }

  #write(part: { readonly file: number; text: string }): void {
    if (part.text !== '') writeSync(part.file, part.text)
    part.text = ''
  }
}

/** Each line is a text of its own: whoever keeps an id of it keeps that line alive, and not the part. */
function* recordsOf(bytes: Buffer): Generator<readonly string[]> {
  let start = 0
  for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, start)) {
    yield bytes.toString('utf8', start, end).split('\t')
    start = end + 1
  }
}

/** FNV-1a over UTF-16: quick, and even enough for parts. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
