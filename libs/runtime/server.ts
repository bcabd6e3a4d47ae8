import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LaurelError } from '#domain/error.ts'

/** What requests in hand have to end in, ms: of the eight seconds of a stop the rest is for what is behind them. */
const GRACE = 4_000

/**
 * Starts listening.
 *
 * @param port 0 for a free one
 * @param variable the environment variable that sets the port
 * @returns the port
 * @throws LaurelError PORT_TAKEN
 */
export async function listen(server: Server, host: string, port: number, variable: string): Promise<number> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error
    throw new LaurelError(
      'PORT_TAKEN',
      `port ${port} of ${host} is taken: stop what uses it, or set ${variable} to another one, 0 for a free one`,
      error,
    )
  }
  return (server.address() as AddressInfo).port
}

/** Takes no more requests, and waits for those in hand. */
export async function endRequests(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // A connection that is kept alive is idle only once its last request has been answered.
  const sweeping = setInterval(() => server.closeIdleConnections(), 50)
  const giveUp = setTimeout(() => server.closeAllConnections(), GRACE)
  await closed
  clearInterval(sweeping)
  clearTimeout(giveUp)
}
