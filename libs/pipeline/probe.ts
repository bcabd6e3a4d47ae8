import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Event } from '#domain/event.ts'
import type { Batch } from '#domain/message.ts'

/** What is tried out: to normalize messages, or to fold events under the text of a program; texts, since it goes to another process. */
export type Task =
  | {
      readonly kind: 'normalize'
      readonly sources: string
      readonly batch: Batch
      /** What somebody put in the only message's place. */
      readonly fix?: string
    }
  | { readonly kind: 'fold'; readonly program: string; readonly events: readonly Event[] }

const CHILD = fileURLToPath(new URL('./probe/launch.js', import.meta.url))
/** A thousand times what 500 events take. */
const PATIENCE = 2_000
const START_PATIENCE = 20_000
const MEMORY_MB = 512

/**
 * Tries the pure part of a stage out in a process of its own, which may end or hang for it: its worker does not.
 */
export class Probe {
  #child: ChildProcess | undefined

  /** Whether a task comes back, within 2 s and 512 MB of memory. What comes of it is not asked. */
  async survives(task: Task): Promise<boolean> {
    const child = this.#child ?? (await this.#start())
    const exited = once(child, 'exit')
    const done = once(child, 'message')
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), PATIENCE)
    })
    child.send(task)
    const survived = await Promise.race([done.then(() => true), exited.then(() => false), late])
    clearTimeout(timer)
    if (survived === true) return true
    this.close()
    await exited
    return false
  }

  close(): void {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
  }

  /** @throws Error where not even an idle child comes up: that says nothing of any event */
  async #start(): Promise<ChildProcess> {
    const child = fork(CHILD, {
      execArgv: [`--max-old-space-size=${MEMORY_MB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#child = child
    const signal = AbortSignal.timeout(START_PATIENCE)
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new Error('the process that tries events out ended before it was ready')
    })
    try {
      await Promise.race([once(child, 'message', { signal }), ended])
    } catch (error) {
      this.close()
      throw error
    }
    ended.catch(() => {})
    return child
  }
}
