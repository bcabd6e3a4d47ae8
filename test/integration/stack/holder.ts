import { startStack } from '#stack/stack.ts'

// A process of its own that holds a stack: what a test kills.

const stack = await startStack({
  directory: process.argv[2] ?? '',
  kafkaPort: 0,
  redisPort: 0,
  postgresPort: 0,
  durable: false,
  environment: process.env,
  log: () => {},
})
process.once('SIGINT', async () => {
  process.stdin.destroy()
  await stack.stop()
  console.log('stopped')
})
process.stdin.once('data', async () => {
  await stack.postgres.freeze()
  console.log('frozen')
})
console.log('ready')
