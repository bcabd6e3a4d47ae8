import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server inside the network that nobody has any business to ask. */
export interface InnerServer {
  readonly url: string
  /** How often somebody did. */
  readonly asked: number
  close(): void
}

export async function startInner(): Promise<InnerServer> {
  let asked = 0
  const server = createServer((_request, response) => {
    asked++
    response.end('secret')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest/meta-data`,
    get asked() {
      return asked
    },
    close: () => server.close(),
  }
}
