import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { LaurelError } from '#domain/error.ts'
import { type LeashOptions, leash, release } from './leash.ts'
import { processTable, sendSignal } from './process.ts'

export type ServiceName = 'Kafka' | 'Redis' | 'PostgreSQL'

/** One of the stack's servers. Only an embedded one can be stopped, started and disturbed. */
export interface Service {
  readonly name: ServiceName
  /** As in the variable that names it: `host:port` or a URL. */
  readonly address: string
  readonly embedded: boolean
  /** Null while it does not run, and when it is not embedded. */
  readonly pid: number | null
  /** Starts it on its port, with its data, and resolves when it answers. */
  start(abort?: AbortSignal): Promise<void>
  /** Lets it finish, for at most 10 s. Does nothing when it does not run. It can be started again. */
  stop(): Promise<void>
  /** Ends it by SIGKILL. What it had given to the kernel is kept. */
  kill(): Promise<void>
  /** Stops its processes where they are: connections stay open and nothing answers. */
  freeze(): Promise<void>
  thaw(): Promise<void>
}

/** How a prepared service is run. */
export interface Launch extends LeashOptions {
  readonly command: string
  readonly args: readonly string[]
  /** Clears what a crash may have left in the way of a start. */
  readonly tidy?: () => Promise<void>
  readonly ready: () => Promise<boolean>
  /** What it writes when it cannot start yet, for a reason that passes by itself. */
  readonly transient?: RegExp
}

export interface PrepareOptions {
  /** Whether the data is to outlive a crash of the machine; it outlives one of the process in any case. */
  readonly durable: boolean
  readonly environment: NodeJS.ProcessEnv
  /** Takes a line of progress. */
  readonly log: (line: string) => void
  readonly abort?: AbortSignal | undefined
}

export interface EmbeddedServiceOptions {
  readonly name: ServiceName
  readonly address: string
  /** The file that takes what it writes to standard output and error. */
  readonly output: string
  /** Sets it up, before its first start. */
  readonly prepare: (abort?: AbortSignal) => Promise<Launch>
  /** It has a process, which may not answer yet. */
  readonly onProcess: (pid: number) => void
  /** It was ready and has ended without being asked to. */
  readonly onDeath: (reason: string) => void
}

// After a crash a server first reads again what it had written, which can be gigabytes.
const READY_LIMIT_MS = 180_000
const POLL_MS = 50
const RETRY_MS = 250
const TAIL_LINES = 12

/** A service at an address from the environment: used as it is. */
export function givenService(name: ServiceName, address: string, variable: string): Service {
  const refuse = async () => {
    throw new LaurelError(
      'STACK_UNAVAILABLE',
      `${name} is the one that ${variable} names, which Laurel does not start or stop. Unset ${variable} for one of Laurel's own.`,
    )
  }
  return {
    name,
    address,
    embedded: false,
    pid: null,
    start: refuse,
    stop: refuse,
    kill: refuse,
    freeze: refuse,
    thaw: refuse,
  }
}

interface Run {
  readonly child: ChildProcess
  /** The signal or the code it ended with, once it has. */
  readonly exited: Promise<string>
  expected: boolean
}

/** A service that runs as a leashed child of this process. */
export class EmbeddedService implements Service {
  readonly name: ServiceName
  readonly address: string
  readonly embedded = true
  readonly #options: EmbeddedServiceOptions
  #launch: Launch | null = null
  #run: Run | null = null
  #guard: ChildProcess | null = null
  #isWanted = false

  constructor(options: EmbeddedServiceOptions) {
    this.name = options.name
    this.address = options.address
    this.#options = options
  }

  get pid(): number | null {
    return this.#run?.child.pid ?? null
  }

  async start(abort?: AbortSignal): Promise<void> {
    if (this.#run) throw new LaurelError('ALREADY_RUNNING', `${this.name} runs already.`)
    this.#isWanted = true
    this.#launch ??= await this.#options.prepare(abort)
    const deadline = Date.now() + READY_LIMIT_MS
    for (;;) {
      try {
        await this.#launch.tidy?.()
        return await this.#attempt(this.#launch, deadline, abort)
      } catch (error) {
        const passes = error instanceof LaurelError && this.#launch.transient?.test(error.message)
        if (!passes || Date.now() > deadline) throw error
        await delay(RETRY_MS)
      }
    }
  }

  async stop(): Promise<void> {
    this.#isWanted = false
    await this.#end()
  }

  async kill(): Promise<void> {
    const run = this.#run
    if (!run) return
    run.expected = true
    const pids = this.#halt()
    for (const pid of pids) sendSignal(pid, 'SIGKILL')
    await run.exited
    // Until they are gone they hold what the next start needs.
    while (processTable().some(({ pid }) => pids.includes(pid))) await delay(POLL_MS)
    await this.thaw()
  }

  async freeze(): Promise<void> {
    if (this.#guard) return
    const pids = this.#halt()
    // The guard wakes them when this process thaws them or dies: a leash cannot end what is stopped.
    this.#guard = spawn('/bin/sh', ['-c', 'read -r _; kill -s CONT "$@"', 'guard', ...pids.map(String)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    for (const pid of pids) sendSignal(pid, 'SIGSTOP')
  }

  async thaw(): Promise<void> {
    const guard = this.#guard
    if (!guard) return
    this.#guard = null
    guard.stdin?.destroy()
    await once(guard, 'exit')
  }

  async #end(): Promise<void> {
    await this.thaw()
    const run = this.#run
    if (!run) return
    run.expected = true
    release(run.child)
    await run.exited
  }

  async #attempt(launch: Launch, deadline: number, abort?: AbortSignal): Promise<void> {
    abort?.throwIfAborted()
    if (!this.#isWanted) throw new LaurelError('STACK_UNAVAILABLE', `${this.name} was stopped as it started.`)
    const { output, onProcess, onDeath } = this.#options
    const file = openSync(output, 'a')
    const logged = statSync(output).size
    const child = leash(launch.command, launch.args, file, launch)
    closeSync(file)
    const run: Run = { child, exited: exit(child), expected: false }
    this.#run = run
    let ready = false
    let reason: string | null = null
    void run.exited.then((how) => {
      reason = how
      if (this.#run === run) this.#run = null
      if (ready && !run.expected) onDeath(this.#report(`has ended by itself (${how})`, logged))
    })
    try {
      if (child.pid !== undefined) onProcess(child.pid)
      while (!ready) {
        const answers = await launch.ready()
        abort?.throwIfAborted()
        if (reason !== null || Date.now() > deadline) {
          const why =
            reason === null ? `does not answer after ${READY_LIMIT_MS / 1_000} s` : `has ended (${reason})`
          throw new LaurelError('STACK_UNAVAILABLE', this.#report(`could not be started: it ${why}`, logged))
        }
        if (answers) ready = true
        else await delay(POLL_MS)
      }
    } catch (error) {
      await this.#end()
      throw error
    }
  }

  /** The service's processes. The first of them is stopped, so that it starts no more. */
  #halt(): number[] {
    const main = this.pid
    if (main === null) throw new LaurelError('STACK_UNAVAILABLE', `${this.name} does not run.`)
    sendSignal(main, 'SIGSTOP')
    // What shares the group is the leash. PostgreSQL gives each of its processes a group of its own.
    const others = processTable().filter(({ parent, group }) => parent === main && group !== main)
    return [main, ...others.map(({ pid }) => pid)]
  }

  #report(what: string, logged: number): string {
    const { output } = this.#options
    const text = existsSync(output) ? readFileSync(output).subarray(logged).toString() : '(it is gone)'
    const tail = text.trimEnd().split('\n').slice(-TAIL_LINES)
    return [`${this.name} ${what}. The end of ${output}:`, ...tail.map((line) => `  ${line}`)].join('\n')
  }
}

async function exit(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    return signal ?? `exit code ${code}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
