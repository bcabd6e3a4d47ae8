import { once } from 'node:events'
import { createServer } from 'node:net'
import { LaurelError } from '#domain/error.ts'

// Below the ranges that Linux and macOS take outgoing connections from. There a client that retries against
// a stopped server would sooner or later be given the server's own port, and keep it from starting again.
const LOWEST = 20_000
const HIGHEST = 31_999

const given = new Set<number>()

/** A TCP port on 127.0.0.1 that nothing listens on, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1))
    if (given.has(port)) continue
    given.add(port)
    if ((await refusal(port)) === null) return port
  }
  throw new LaurelError('PORT_TAKEN', `No free TCP port between ${LOWEST} and ${HIGHEST} on 127.0.0.1.`)
}

/**
 * Checks that a service can listen on a port of 127.0.0.1.
 *
 * @param variable the environment variable that names another port
 * @throws LaurelError PORT_TAKEN
 */
export async function assertPortFree(port: number, variable: string): Promise<void> {
  const code = await refusal(port)
  if (code === null) return
  const reason = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be listened on (${code})`
  throw new LaurelError(
    'PORT_TAKEN',
    `Port ${port} on 127.0.0.1 ${reason}. Stop that program, or set ${variable} to a free port.`,
  )
}

async function refusal(port: number): Promise<string | null> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
    return null
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  } finally {
    server.close()
  }
}
