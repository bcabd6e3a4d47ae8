import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const LAUREL = fileURLToPath(new URL('./laurel.js', import.meta.url))
/**
 * What a batch brings is garbage when it is done. With room for it among what is young, none of it is moved to what
 * is old, where it costs most: an eighth of a worker's CPU. The image's entry point says the same.
 */
export const HEAP = ['--max-semi-space-size=64']
const SHORTEST_PAUSE = 500
const LONGEST_PAUSE = 10_000
/** What ran so long was well: its next start need not wait. */
const WELL_AFTER = 30_000
const PATIENCE = 10_000

export interface ChildOptions {
  readonly name: string
  /** Arguments of `laurel`. */
  readonly command: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  /** The file that takes what it prints. */
  readonly output: string
  /** Told what happens, in a line for people. */
  readonly log: (line: string) => void
}

/**
 * One of Laurel's processes, started again whenever it ends unasked. It has a session of its own, so that
 * Ctrl-C reaches its parent alone, and a channel to the parent, whose end it does not survive.
 */
export class Child {
  readonly name: string
  readonly #options: ChildOptions
  #process: ChildProcess | undefined
  #pause = SHORTEST_PAUSE
  #timer: NodeJS.Timeout | undefined
  #isStopping = false

  constructor(options: ChildOptions) {
    this.name = options.name
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  /** Resolves when it says that it is ready; rejects where it ends before. */
  async start(): Promise<void> {
    const { command, environment, output } = this.#options
    const file = openSync(output, 'a')
    const child = fork(LAUREL, [...command], {
      execArgv: HEAP,
      env: environment,
      detached: true,
      stdio: ['ignore', file, file, 'ipc'],
    })
    this.#process = child
    const started = Date.now()
    const ended = once(child, 'exit').then(([status, signal]) => {
      if (Date.now() - started > WELL_AFTER) this.#pause = SHORTEST_PAUSE
      return `${this.name} ended (${signal ?? `status ${status}`})`
    })
    await Promise.race([
      once(child, 'message'),
      ended.then((reason) => {
        throw new Error(`${reason} before it was ready: see ${output}`)
      }),
    ])
    void ended.then((reason) => this.#again(reason))
  }

  /** Lets it finish what is in hand. */
  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#timer)
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
    await ended
    clearTimeout(timer)
  }

  #again(reason: string): void {
    if (this.#isStopping) return
    this.#options.log(`${reason}; starting it again`)
    this.#timer = setTimeout(() => {
      this.start().catch((error: Error) => this.#again(error.message))
    }, this.#pause)
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
  }
}
