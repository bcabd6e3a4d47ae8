import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LaurelError } from '#domain/error.ts'
import { findJava } from './java.ts'
import { run } from './leash.ts'
import { fetchArtifacts } from './maven.ts'
import { freePort } from './port.ts'
import { kafkaAnswers } from './probe.ts'
import type { Launch, PrepareOptions } from './service.ts'

/**
 * Makes one Kafka node ready to run: broker and controller in one process, its data in `directory`.
 *
 * @throws LaurelError DEPENDENCY_MISSING without Java or Maven, STACK_UNAVAILABLE when it cannot be set up
 */
export async function prepareKafka(
  directory: string,
  port: number,
  options: PrepareOptions,
): Promise<Launch> {
  const { environment, abort } = options
  const java = await findJava(environment)
  const classpath = join(await fetchArtifacts(options), 'kafka', '*')
  mkdirSync(directory, { recursive: true })
  if (!existsSync(join(directory, 'data'))) {
    options.log('creating its storage')
    await format(directory, java, classpath, environment, abort)
  }
  // The working directory is `directory`: a path in a properties file would have to be escaped, and one
  // with a comma in it would be two.
  writeFileSync(join(directory, 'server.properties'), serverProperties(port, await freePort(), 'data'))
  return {
    command: java,
    args: [...JVM_OPTIONS, '-cp', classpath, 'kafka.Kafka', 'server.properties'],
    environment,
    directory,
    ready: () => kafkaAnswers(port),
  }
}

const JVM_OPTIONS = [
  '-Xms128m',
  '-Xmx512m',
  '-XX:-UsePerfData',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
]

/**
 * The settings of the node. Its ports may change from one start to the next.
 *
 * @param data the directory of its log segments, relative to where it runs
 */
export function serverProperties(port: number, controllerPort: number, data: string): string {
  const settings = {
    'node.id': 1,
    'process.roles': 'broker,controller',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'auto.create.topics.enable': false,
    // Nothing here is replicated, and a topic of 50 partitions for a handful of groups only costs time.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    // A node that was killed is let in again only when its former life has timed out.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'log.segment.bytes': 64 * 1024 * 1024,
    'log.index.size.max.bytes': 1024 * 1024,
    'log.cleaner.dedupe.buffer.size': 8 * 1024 * 1024,
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

// The data appears whole or not at all: a format that is interrupted is done again.
async function format(
  directory: string,
  java: string,
  classpath: string,
  environment: NodeJS.ProcessEnv,
  abort?: AbortSignal,
): Promise<void> {
  const draft = 'data.new'
  rmSync(join(directory, draft), { recursive: true, force: true })
  writeFileSync(
    join(directory, 'format.properties'),
    serverProperties(await freePort(), await freePort(), draft),
  )
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A')
  const { code, output } = await run(
    java,
    [
      ...JVM_OPTIONS,
      '-cp',
      classpath,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      clusterId,
      '-c',
      'format.properties',
    ],
    { environment, directory, abort },
  )
  if (code !== 0)
    throw new LaurelError('STACK_UNAVAILABLE', `Kafka's storage could not be created:\n${output.trim()}`)
  rmSync(join(directory, 'format.properties'))
  renameSync(join(directory, draft), join(directory, 'data'))
}
