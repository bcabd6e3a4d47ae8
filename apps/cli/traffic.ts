import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Command, Option } from 'commander'
import { LaurelError } from '#domain/error.ts'
import { readTopics } from '#runtime/config.ts'
import { createLog } from '#runtime/log.ts'
import { openAdmin } from '#stream/admin.ts'
import { openProducer } from '#stream/producer.ts'
import { environment, kafkaSettings } from './environment.ts'
import { print, printTable } from './output.ts'
import { brokenEvents, population } from './population.ts'
import { positive } from './processes.ts'

const PORTION = 1_000
const quiet = () => createLog('laurel', 'silent')

/** The commands that prepare and fill Kafka's topics. */
export function addTraffic(program: Command): void {
  program
    .command('topics')
    .description("Kafka's topics")
    .command('create')
    .description(
      'create the topics that Laurel reads, and those of rejects and rewards, where they are missing',
    )
    .addOption(new Option('--partitions <n>', 'partitions of each').argParser(positive).default(3))
    .addOption(new Option('--replication-factor <n>', 'copies of each').argParser(positive).default(1))
    .option('--print', "print the commands for Kafka's own tool instead")
    .action(createTopics)
  program
    .command('produce')
    .description('publish events, as a producer would')
    .argument('[file]', 'a file with one event a line (NDJSON); - for standard input')
    .addOption(new Option('--topic <name>', 'where the events of a file go').default('customer-events'))
    .addOption(new Option('--sample <n>', 'instead of a file, so many made-up events').argParser(positive))
    .option('--broken', 'instead of a file, one event of each broken kind')
    .action(produce)
}

async function createTopics(options: {
  partitions: number
  replicationFactor: number
  print?: boolean
}): Promise<void> {
  const names = readTopics(environment())
  if (options.print) {
    for (const topic of names) {
      print(
        `kafka-topics.sh --bootstrap-server ${kafkaSettings().brokers.join(',')} --create --if-not-exists --topic ${topic} ` +
          `--partitions ${options.partitions} --replication-factor ${options.replicationFactor}`,
      )
    }
    return
  }
  const admin = await openAdmin(kafkaSettings(), quiet())
  try {
    const created = await admin.createTopics(names, options)
    const topics = await admin.describe(names)
    printTable(
      ['topic', 'partitions', 'copies', ''],
      topics.map(({ topic, partitions, replicationFactor }) => [
        topic,
        partitions,
        replicationFactor,
        created.includes(topic) ? 'created' : 'was there',
      ]),
    )
  } finally {
    await admin.close()
  }
}

interface Outgoing {
  readonly topic: string
  readonly value: string
}

async function produce(
  file: string | undefined,
  options: { topic: string; sample?: number; broken?: boolean },
): Promise<void> {
  if ([file, options.sample, options.broken].filter((each) => each !== undefined).length !== 1) {
    throw new LaurelError('ARGUMENT_INVALID', 'Say what to publish: a file, --sample N, or --broken.')
  }
  const producer = await openProducer(kafkaSettings(), quiet())
  const sent = new Map<string, number>()
  const flush = async (portion: Outgoing[]) => {
    for (const topic of new Set(portion.map((each) => each.topic))) {
      const messages = portion.filter((each) => each.topic === topic)
      await producer.send(topic, messages)
      sent.set(topic, (sent.get(topic) ?? 0) + messages.length)
    }
    portion.length = 0
  }
  try {
    const portion: Outgoing[] = []
    for await (const event of outgoing(file, options)) {
      if (portion.push(event) >= PORTION) await flush(portion)
    }
    await flush(portion)
  } finally {
    await producer.close()
  }
  for (const [topic, count] of sent) print(`${topic}  ${count} sent`)
  if (sent.size === 0) print('There was nothing to send.')
}

async function* outgoing(
  file: string | undefined,
  { topic, sample, broken }: { topic: string; sample?: number; broken?: boolean },
): AsyncGenerator<Outgoing> {
  if (broken) {
    for (const event of brokenEvents(new Date())) {
      print(`${event.topic}  ${event.label}`)
      yield event
    }
  } else if (sample !== undefined) {
    const source = population({ seed: Date.now(), customers: 2_000, zone: hostZone() })
    for (let i = 0; i < sample; i++) yield source.next(new Date())
  } else {
    const input = file === '-' ? process.stdin : createReadStream(file!)
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.trim() !== '') yield { topic, value: line }
    }
  }
}

/** The zone that sources without one of their own are read in. */
export function hostZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}
