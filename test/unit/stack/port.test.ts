import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { assertPortFree, freePort } from '#stack/port.ts'

test('free ports are different and can be listened on', async () => {
  const ports = [await freePort(), await freePort(), await freePort()]
  expect(new Set(ports).size).toBe(3)
  for (const port of ports) await assertPortFree(port, 'ANY_PORT')
})

test('a port that is taken is refused with the variable that changes it', async () => {
  const port = await freePort()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  try {
    await expect(assertPortFree(port, 'KAFKA_PORT')).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: `Port ${port} on 127.0.0.1 is taken by another program. Stop that program, or set KAFKA_PORT to a free port.`,
    })
  } finally {
    server.close()
  }
})
