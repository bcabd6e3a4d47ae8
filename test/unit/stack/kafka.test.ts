import { expect, test } from 'vitest'
import { serverProperties } from '#stack/kafka.ts'

test('the node listens on loopback alone, on its two ports', () => {
  const lines = serverProperties(9092, 20_001, 'data').split('\n')
  expect(lines).toContain('listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:20001')
  expect(lines).toContain('advertised.listeners=PLAINTEXT://127.0.0.1:9092')
  expect(lines).toContain('controller.quorum.voters=1@127.0.0.1:20001')
})

test('a single node asks for no replicas, makes no topic by itself and lets groups form at once', () => {
  const lines = serverProperties(9092, 20_001, 'data').split('\n')
  expect(lines).toContain('log.dirs=data')
  expect(lines).toContain('auto.create.topics.enable=false')
  expect(lines).toContain('offsets.topic.replication.factor=1')
  expect(lines).toContain('group.initial.rebalance.delay.ms=0')
})
