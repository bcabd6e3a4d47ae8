import { addBatches, missingBatches } from '#queue/jobs.ts'
import { openTransport } from '#queue/transport.ts'
import type { Config } from '#runtime/config.ts'
import type { Stoppable } from '#runtime/lifecycle.ts'
import type { Log } from '#runtime/log.ts'
import { Metrics, serveMetrics } from '#runtime/metrics.ts'
import { batchMarks } from '#store/batches.ts'
import { assertMigrated, connect } from '#store/database.ts'
import type { KafkaSettings } from '#stream/settings.ts'
import { type Bridge, startBridge } from './bridge.ts'

/** A bridge that has made no progress for so long, though messages wait to be recorded, is not alive. */
const STUCK_AFTER = 300_000

/** One process with a bridge: Kafka on one side, Redis and PostgreSQL on the other. */
export async function runBridge(config: Config, settings: KafkaSettings, log: Log): Promise<Stoppable> {
  const database = connect(config.DATABASE_URL, { application: 'laurel bridge', connections: 2 })
  await assertMigrated(database)
  const transport = await openTransport(config.REDIS_URL, config.REDIS_PREFIX)
  const { queues } = transport
  const bridge = startBridge({
    settings,
    groupId: config.KAFKA_GROUP_ID,
    topics: config.KAFKA_TOPICS,
    log,
    ports: {
      add: (jobs) => addBatches(queues, jobs),
      missing: (jobs) => missingBatches(queues, jobs),
      paused: () => queues.normalization.isPaused(),
      marks: (keys) => batchMarks(database.sql, keys),
    },
    onGiveUp: (error) => {
      log.fatal({ err: error }, 'Kafka cannot be read: ending, to be started afresh')
      process.exit(1)
    },
  })
  const metrics = new Metrics()
  addGauges(metrics, bridge)
  const server = await serveMetrics(metrics, config.METRICS_HOST, config.METRICS_PORT, () => isAlive(bridge))
  log.info({ topics: config.KAFKA_TOPICS, group: config.KAFKA_GROUP_ID, metrics: server.port }, 'bridging')
  return {
    stop: async () => {
      await bridge.stop()
      await server.close()
      await transport.close()
      await database.close()
    },
  }
}

function isAlive(bridge: Bridge): boolean {
  const { open, lastProgressAt } = bridge.snapshot()
  const waits = Object.values(open).some(({ waiting, unrecorded }) => waiting + unrecorded > 0)
  return !waits || Date.now() - lastProgressAt < STUCK_AFTER
}

function addGauges(metrics: Metrics, bridge: Bridge): void {
  metrics.gauge('laurel_bridge_joined', 'Whether the bridge is a member of its group.', [], (gauge) => {
    gauge.set(bridge.snapshot().joined ? 1 : 0)
  })
  metrics.gauge('laurel_bridge_read_messages', 'Messages read since the start.', ['topic'], (gauge) => {
    for (const [topic, count] of Object.entries(bridge.snapshot().messagesRead)) gauge.set({ topic }, count)
  })
  metrics.gauge(
    'laurel_bridge_waiting_messages',
    'Messages read that no batch holds yet.',
    ['topic'],
    (gauge) => {
      for (const [topic, { waiting }] of Object.entries(bridge.snapshot().open)) gauge.set({ topic }, waiting)
    },
  )
  metrics.gauge(
    'laurel_bridge_open_batches',
    'Batches in hand, by what they wait for.',
    ['topic', 'state'],
    (gauge) => {
      for (const [topic, { unrecorded, ungamified }] of Object.entries(bridge.snapshot().open)) {
        gauge.set({ topic, state: 'unrecorded' }, unrecorded)
        gauge.set({ topic, state: 'ungamified' }, ungamified)
      }
    },
  )
  metrics.gauge('laurel_bridge_batches_added_again', 'Batches whose job was lost.', [], (gauge) => {
    gauge.set(bridge.snapshot().batchesAddedAgain)
  })
  metrics.gauge(
    'laurel_bridge_progress_age_seconds',
    'Since something was last read or recorded.',
    [],
    (gauge) => {
      gauge.set((Date.now() - bridge.snapshot().lastProgressAt) / 1000)
    },
  )
}
