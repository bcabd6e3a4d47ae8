/**
 * Lines that stay, and below them one that is written again and again. Where the output is no terminal the
 * last line is written now and then instead.
 */
export class Screen {
  readonly #out: NodeJS.WriteStream
  #live = ''
  #written = 0

  constructor(out: NodeJS.WriteStream) {
    this.#out = out
  }

  /** A line that stays. */
  line(text = ''): void {
    this.#out.write(this.#out.isTTY ? `\r\x1b[2K${text}\n${this.#live}` : `${text}\n`)
  }

  /** The line that changes. */
  live(text: string): void {
    if (this.#out.isTTY) {
      this.#live = text
      this.#out.write(`\r\x1b[2K${text}`)
    } else if (Date.now() - this.#written > 10_000) {
      this.#written = Date.now()
      this.#out.write(`${text}\n`)
    }
  }

  /** Leaves the changing line where it is. */
  end(): void {
    if (this.#out.isTTY && this.#live !== '') this.#out.write('\n')
    this.#live = ''
  }
}
