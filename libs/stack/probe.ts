import { connect } from 'node:net'

// A service is up when it answers in its own protocol: its port opens before that. These are the smallest
// questions that only a server that is ready answers, so the stack needs no client library.

const TIME_LIMIT_MS = 1_000

/** Whether the broker answers and counts itself as part of the cluster, that is, may lead partitions. */
export function kafkaAnswers(port: number): Promise<boolean> {
  const metadata = Buffer.alloc(20)
  metadata.writeInt32BE(16, 0) // length of what follows
  metadata.writeInt16BE(3, 4) // Metadata
  metadata.writeInt16BE(1, 6) // version
  metadata.writeInt32BE(1, 8) // correlation id
  metadata.writeInt16BE(2, 12) // length of the client id
  metadata.write('up', 14)
  metadata.writeInt32BE(0, 16) // no topics
  // length, correlation id, number of brokers
  return answers(port, metadata, (answer) => answer.length >= 12 && answer.readInt32BE(8) > 0)
}

/** Whether Redis answers and has loaded its data. */
export function redisAnswers(port: number): Promise<boolean> {
  return answers(port, Buffer.from('PING\r\n'), (answer) => answer.toString() === '+PONG\r\n')
}

/** Whether PostgreSQL takes queries of this user in this database. */
export function postgresAnswers(port: number, user: string, database: string): Promise<boolean> {
  const parameters = Buffer.from(`user\0${user}\0database\0${database}\0\0`)
  const startup = Buffer.alloc(8)
  startup.writeInt32BE(startup.length + parameters.length, 0)
  startup.writeInt32BE(3 << 16, 4) // protocol 3.0
  const readyForQuery = Buffer.from('Z\0\0\0\x05I', 'latin1')
  return answers(port, Buffer.concat([startup, parameters]), (answer) =>
    answer.subarray(-readyForQuery.length).equals(readyForQuery),
  )
}

function answers(port: number, question: Buffer, accept: (answer: Buffer) => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0)
    const socket = connect({ port, host: '127.0.0.1' })
    const settle = (accepted: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(accepted)
    }
    const timer = setTimeout(() => settle(false), TIME_LIMIT_MS)
    socket.once('connect', () => socket.write(question))
    socket.on('data', (data) => {
      answer = Buffer.concat([answer, data])
      if (accept(answer)) settle(true)
    })
    socket.once('error', () => settle(false))
    socket.once('close', () => settle(false))
  })
}
