import kafkajs from 'kafkajs'
import { expect, it } from 'vitest'
import { kafkaLog } from '#stream/log.ts'

const { ERROR, WARN, INFO } = kafkajs.logLevel

/** The level, fields and message that Laurel's log gets for a line of kafkajs. */
function logged(level: number, message: string, extra: object = {}): unknown[] {
  const lines: unknown[][] = []
  const at = (name: string) => (fields: object, text: string) => lines.push([name, fields, text])
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const entry = { timestamp: 'now', logger: 'kafkajs', message, ...extra }
  kafkaLog(log)(INFO)({ namespace: 'Runner', level, label: '', log: entry })
  return lines.flat()
}

it('keeps what kafkajs adds', () => {
  expect(logged(WARN, 'odd', { topic: 'cdr-events' })).toEqual([
    'warn',
    { kafkajs: 'Runner', topic: 'cdr-events' },
    'odd',
  ])
})

it.each([
  [ERROR, 'Offset out of range, resetting to default offset', {}, 'warn'],
  [INFO, 'Consumer has joined the group', {}, 'debug'],
  [ERROR, 'Response GroupCoordinator(key: 10, version: 2)', { error: 'any' }, 'debug'],
  [ERROR, 'Something', { error: 'The group coordinator is not available' }, 'debug'],
  [WARN, 'The group is rebalancing, re-joining', {}, 'debug'],
  [ERROR, 'Connection error: connect ECONNREFUSED 127.0.0.1:9092', {}, 'debug'],
  [ERROR, 'Crash: KafkaJSNumberOfRetriesExceeded: broken', {}, 'debug'],
])('level %i "%s" %o becomes %3$s', (level, message, extra, expected) => {
  expect(logged(level, message, extra)[0]).toBe(expected)
})
