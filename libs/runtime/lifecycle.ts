import type { Log } from './log.ts'

/** Orchestrators kill after ten seconds; this leaves two for the process itself to end. */
const PATIENCE = 8_000

export interface Stoppable {
  /** Finishes what is in hand. Stopping twice is harmless. */
  stop(): Promise<void>
}

/**
 * Runs one process: starts it, and on SIGTERM, SIGINT or the death of its parent lets it finish what is in
 * hand within 8 s. An error that nobody caught ends it with status 1: whoever supervises starts it again.
 */
export async function runProcess(log: Log, start: () => Promise<Stoppable>): Promise<void> {
  let running: Stoppable | undefined
  let isStopping = false
  const stop = async (reason: string, status: number) => {
    if (isStopping) return
    isStopping = true
    log.info({ reason }, 'stopping')
    setTimeout(() => {
      log.warn(`not stopped within ${PATIENCE / 1000} s: what was in hand is done again by another process`)
      process.exit(status)
    }, PATIENCE).unref()
    try {
      await running?.stop()
      log.info('stopped')
    } catch (error) {
      log.error({ err: error }, 'could not stop cleanly')
    }
    process.exit(status)
  }
  process.on('SIGTERM', () => void stop('SIGTERM', 0))
  process.on('SIGINT', () => void stop('SIGINT', 0))
  // Workers whose parent has died would go on taking jobs unseen.
  process.on('disconnect', () => void stop('the parent process is gone', 0))
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught error')
    void stop('uncaught error', 1)
  })
  running = await start()
  process.send?.('ready')
}
