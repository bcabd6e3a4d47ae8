import { setTimeout as delay } from 'node:timers/promises'
import { LaurelError } from '#domain/error.ts'

/** A signal that is aborted with another one, and at the latest when so many seconds have passed. */
export function bounded(abort: AbortSignal, seconds: number): AbortSignal {
  const controller = new AbortController()
  const late = new LaurelError('DEADLINE_EXCEEDED', `The bench was not done within ${seconds} s.`)
  setTimeout(() => controller.abort(late), seconds * 1_000).unref()
  return AbortSignal.any([abort, controller.signal])
}

/** Lets so many ms pass. */
export async function pause(abort: AbortSignal, ms: number): Promise<void> {
  await delay(ms, undefined, { signal: abort }).catch(() => abort.throwIfAborted())
}

/** Waits for work that knows of no signal; where that is aborted, the work is left to itself. */
export async function unlessAborted<T>(abort: AbortSignal, work: Promise<T>): Promise<T> {
  let stop = () => {}
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(abort.reason)
    abort.addEventListener('abort', stop)
    if (abort.aborted) stop()
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    abort.removeEventListener('abort', stop)
  }
}
