import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, inject, it, vi } from 'vitest'
import { findJava } from '#stack/java.ts'
import { fetchArtifacts } from '#stack/maven.ts'
import { Collector, createTopic, withAdmin } from './fixture.ts'

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
const count = 2_000

/** Every message of every codec is read, once. */
async function expectEverything(topic: string): Promise<void> {
  const collector = new Collector({ topics: [topic] })
  try {
    await vi.waitUntil(() => collector.records.length >= codecs.length * count, { timeout: 30_000 })
  } finally {
    await collector.stop()
  }
  const ids = collector.values.map((value) => JSON.parse(value).event_id)
  const expected = codecs.flatMap((codec) => Array.from({ length: count }, (_, n) => `${codec}-${n}`))
  expect(ids.toSorted()).toEqual(expected.toSorted())
  expect(collector.errors).toEqual([])
}

it('reads every compression that Kafka’s own client writes', { timeout: 60_000 }, async () => {
  const topic = await withAdmin((admin) => createTopic(admin, 3))
  const java = await findJava(process.env)
  const artifacts = await fetchArtifacts({ durable: false, environment: process.env, log: () => {} })
  const program = fileURLToPath(new URL('../../support/Produce.java', import.meta.url))
  await promisify(execFile)(java, [
    ...['-cp', join(artifacts, 'kafka', '*'), program],
    ...[inject('kafka'), topic, codecs.join(), String(count)],
  ])
  await expectEverything(topic)
})

const hasKcat = spawnSync('kcat', ['-V']).status === 0

it.skipIf(!hasKcat)(
  `reads every compression that librdkafka writes${hasKcat ? '' : ' (kcat is not installed)'}`,
  { timeout: 60_000 },
  async () => {
    const topic = await withAdmin((admin) => createTopic(admin, 3))
    for (const codec of codecs) {
      const kcat = spawn('kcat', ['-P', '-b', inject('kafka'), '-t', topic, '-z', codec], {
        stdio: ['pipe', 'ignore', 'inherit'],
      })
      const ended = once(kcat, 'exit')
      kcat.stdin.end(
        Array.from(
          { length: count },
          (_, n) => `{"event_id":"${codec}-${n}","note":"${'x'.repeat(100)}"}`,
        ).join('\n'),
      )
      expect((await ended)[0]).toBe(0)
    }
    await expectEverything(topic)
  },
)
