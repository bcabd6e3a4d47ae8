import { createLog } from '#runtime/log.ts'
import { type MessageProducer, openProducer } from '#stream/producer.ts'
import type { KafkaSettings } from '#stream/settings.ts'
import { population } from './population.ts'
import { hostZone } from './traffic.ts'

const CUSTOMERS = 400
/** So that awards are on the screen within seconds: the first events come at once. */
const OPENING = 25

/** Lively traffic of a made-up population, until it is stopped. */
export async function startSample(kafka: KafkaSettings): Promise<() => Promise<void>> {
  const source = population({ seed: 42, customers: CUSTOMERS, zone: hostZone() })
  const producer = await openProducer(kafka, createLog('laurel', 'silent'))
  let timer: NodeJS.Timeout | undefined
  const next = async () => {
    await send(producer, source.next(new Date()))
    const rate = source.rate(new Date())
    // Exponential pauses: how independent customers arrive.
    timer = setTimeout(next, (-Math.log(1 - Math.random()) * 1_000) / rate)
  }
  for (let i = 0; i < OPENING; i++) await send(producer, source.next(new Date()))
  void next()
  return async () => {
    clearTimeout(timer)
    await producer.close()
  }
}

/** While Kafka is away there is nothing to show: the sample goes on when it is back. */
async function send(
  producer: MessageProducer,
  { topic, value }: { topic: string; value: string },
): Promise<void> {
  await producer.send(topic, [{ value }]).catch(() => {})
}
