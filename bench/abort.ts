import { once } from 'node:events'

/** Waits for work that does not look at the signal itself. @throws the signal's reason as soon as it is aborted */
export async function unlessAborted<T>(abort: AbortSignal, work: () => Promise<T>): Promise<T> {
  abort.throwIfAborted()
  const over = new AbortController()
  const aborted = once(abort, 'abort', { signal: over.signal }).then(() => {
    throw abort.reason
  })
  try {
    return (await Promise.race([work(), aborted])) as T
  } finally {
    aborted.catch(() => {})
    over.abort()
  }
}
