import { setTimeout as delay } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { createKafka, unreachable } from './client.ts'
import type { Log } from './log.ts'
import type { KafkaSettings } from './settings.ts'

/** How long a group's coordinator is waited for, and how often it is asked, ms. */
const LOADING_MS = 5_000
const LOADING_PAUSE_MS = 100
/** What a group without a settled coordinator answers. */
const UNSETTLED = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
])

interface TopicDescription {
  readonly topic: string
  readonly partitions: number
  readonly replicationFactor: number
}

/** Offsets are decimal strings, as Kafka's may exceed 2^53; `high` is the one the next record will get. */
export interface Watermarks {
  readonly topic: string
  readonly partition: number
  readonly low: string
  readonly high: string
}

export interface PartitionLag extends Watermarks {
  /** Null where the group has committed nothing yet. */
  readonly committed: string | null
  /** Records the group has yet to commit. */
  readonly lag: number
}

/** Questions to the cluster. Close it, or its connections keep the process alive. */
export interface KafkaAdmin {
  clusterId(): Promise<string>
  /** Names of all topics this client may see. */
  topics(): Promise<readonly string[]>
  /** Makes the topics that do not exist yet; answers which those were. */
  createTopics(
    topics: readonly string[],
    shape: { partitions: number; replicationFactor: number },
  ): Promise<readonly string[]>
  /** Of the topics that exist. */
  describe(topics: readonly string[]): Promise<readonly TopicDescription[]>
  /** Of the topics that exist, by topic and partition. */
  watermarks(topics: readonly string[]): Promise<readonly Watermarks[]>
  /** How far a group is behind, of the topics that exist, by topic and partition. */
  lag(groupId: string, topics: readonly string[]): Promise<readonly PartitionLag[]>
  /** In each partition, the first record of this time (Unix ms) or later; the next to come where there is none. */
  offsetsAt(
    topic: string,
    time: number,
  ): Promise<readonly { readonly partition: number; readonly offset: string }[]>
  /** Takes away a group that has no members, with what it has committed. */
  deleteGroup(groupId: string): Promise<void>
  close(): Promise<void>
}

/** @throws LaurelError KAFKA_UNAVAILABLE where no broker can be reached or logged in to. */
export async function openAdmin(settings: KafkaSettings, log: Log): Promise<KafkaAdmin> {
  const admin = createKafka(settings, log).admin()
  let clusterId: string
  try {
    await admin.connect()
    // A broker that wants a login closes the connection only at the first question.
    clusterId = (await admin.describeCluster()).clusterId
  } catch (error) {
    await admin.disconnect().catch(() => {})
    throw unreachable(settings, error)
  }

  const existing = async (topics: readonly string[]) => {
    const known = new Set(await admin.listTopics())
    return topics.filter((topic) => known.has(topic))
  }
  const watermarks = async (topics: readonly string[]) => {
    const found = await existing(topics)
    const perTopic = await Promise.all(found.map((topic) => topicWatermarks(admin, topic)))
    return perTopic.flat()
  }

  return {
    clusterId: async () => clusterId,
    topics: () => admin.listTopics(),
    watermarks,

    async createTopics(topics, { partitions, replicationFactor }) {
      const found = new Set(await existing(topics))
      const missing = topics.filter((topic) => !found.has(topic))
      if (missing.length > 0)
        await admin.createTopics({
          topics: missing.map((topic) => ({ topic, numPartitions: partitions, replicationFactor })),
        })
      return missing
    },

    async describe(topics) {
      const found = await existing(topics)
      if (found.length === 0) return []
      const metadata = await admin.fetchTopicMetadata({ topics: found })
      return metadata.topics.map(({ name, partitions }) => ({
        topic: name,
        partitions: partitions.length,
        replicationFactor: partitions[0]?.replicas.length ?? 0,
      }))
    },

    async lag(groupId, topics) {
      const marks = await watermarks(topics)
      const found = [...new Set(marks.map(({ topic }) => topic))]
      if (found.length === 0) return []
      const offsets = await onceLoaded(() => admin.fetchOffsets({ groupId, topics: found }))
      return marks.map((mark) => {
        const offset = offsets
          .find(({ topic }) => topic === mark.topic)
          ?.partitions.find(({ partition }) => partition === mark.partition)?.offset
        // Kafka says -1, and kafkajs may have stored -2 for "from the earliest".
        const committed = offset === undefined || BigInt(offset) < 0n ? null : offset
        return { ...mark, committed, lag: unread(mark, committed) }
      })
    },

    offsetsAt: (topic, time) => admin.fetchTopicOffsetsByTimestamp(topic, time),

    async deleteGroup(groupId) {
      await admin.deleteGroups([groupId])
    },

    close: () => admin.disconnect(),
  }
}

/** Records from a position on, or from the earliest where there is none; what retention has removed does not count. */
export function unread({ low, high }: Pick<Watermarks, 'low' | 'high'>, position: string | null): number {
  const from = position === null || BigInt(position) < BigInt(low) ? BigInt(low) : BigInt(position)
  return Math.max(0, Number(BigInt(high) - from))
}

/** A coordinator that has just been elected has to read the group first; kafkajs does not wait for that here. */
async function onceLoaded<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = LOADING_MS; ; left -= LOADING_PAUSE_MS) {
    try {
      return await ask()
    } catch (error) {
      if (left <= 0 || !UNSETTLED.has(String((error as { type?: unknown }).type))) throw error
      await delay(LOADING_PAUSE_MS)
    }
  }
}

async function topicWatermarks(admin: Admin, topic: string): Promise<Watermarks[]> {
  const offsets = await admin.fetchTopicOffsets(topic)
  return offsets
    .map(({ partition, low, high }) => ({ topic, partition, low, high }))
    .sort((a, b) => a.partition - b.partition)
}
