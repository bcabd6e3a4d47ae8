import { type Command, InvalidArgumentError, Option } from 'commander'
import { QUEUE_NAMES, type QueueName } from '#queue/queues.ts'
import type { Config } from '#runtime/config.ts'
import { runProcess, type Stoppable } from '#runtime/lifecycle.ts'
import { createLog, type Log } from '#runtime/log.ts'
import { migrate } from '#store/database.ts'
import { config, kafkaSettings } from './environment.ts'
import { print } from './output.ts'

/** The commands that are processes of their own, one a role. */
export function addProcesses(program: Command): void {
  program
    .command('migrate')
    .description('bring the tables of PostgreSQL up to date')
    .action(async () => {
      await migrate(config().DATABASE_URL)
      print('The tables are up to date.')
    })
  program
    .command('bridge')
    .description('move messages from Kafka to the normalization queue')
    .action(() =>
      run('bridge', async (settings, log) => {
        const { runBridge } = await import('../bridge/process.ts')
        return runBridge(settings, kafkaSettings(), log)
      }),
    )
  program
    .command('worker')
    .description('work one or more pools')
    .addOption(
      new Option('--pools <list>', `which, divided by commas: ${QUEUE_NAMES.join(', ')}`)
        .argParser(pools)
        .default(QUEUE_NAMES, 'all of them'),
    )
    .addOption(new Option('--concurrency <n>', 'jobs in hand at once, in each pool').argParser(positive))
    .action((options: { pools: readonly QueueName[]; concurrency?: number }) =>
      run('worker', async (settings, log) => {
        const { runWorker } = await import('../worker/worker.ts')
        const tells = settings.REJECTS_TOPIC !== undefined || settings.REWARDS_TOPIC !== undefined
        const delivers = options.pools.includes('delivery') && tells
        const kafka = delivers ? kafkaSettings() : undefined
        return runWorker(settings, { pools: options.pools, concurrency: options.concurrency, kafka }, log)
      }),
    )
  program
    .command('api')
    .description('serve the HTTP API: webhook in, reads out')
    .action(() =>
      run('api', async (settings, log) => {
        const { runApi } = await import('../api/api.ts')
        return runApi(settings, kafkaSettings(), log)
      }),
    )
  program
    .command('ops')
    .description('serve Bull Board, behind a login')
    .action(() =>
      run('ops', async (settings, log) => {
        const { runOps } = await import('../ops/ops.ts')
        return runOps(settings, log)
      }),
    )
}

async function run(name: string, start: (settings: Config, log: Log) => Promise<Stoppable>): Promise<void> {
  const settings = config()
  const log = createLog(name, settings.LOG_LEVEL)
  await runProcess(log, () => start(settings, log))
}

function pools(list: string): readonly QueueName[] {
  const names = list.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !(QUEUE_NAMES as string[]).includes(name))
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`There is no pool "${unknown}"; there are ${QUEUE_NAMES.join(', ')}.`)
  }
  return names as QueueName[]
}

/** A whole number of at least 1. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number of at least 1.')
  return Number(text)
}
