import { createServer } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { listen } from './server.ts'

/** What every process counts. Names are part of the contract with dashboards. */
export class Metrics {
  readonly registry = new Registry()
  readonly events = new Counter({
    name: 'laurel_events_total',
    help: 'Events that a stage is done with.',
    labelNames: ['stage'],
    registers: [this.registry],
  })
  readonly duplicates = new Counter({
    name: 'laurel_duplicates_total',
    help: 'Messages that brought an event which had been accepted before.',
    registers: [this.registry],
  })
  readonly failures = new Counter({
    name: 'laurel_failures_total',
    help: 'Events that failed, by code.',
    labelNames: ['code'],
    registers: [this.registry],
  })
  readonly awards = new Counter({
    name: 'laurel_awards_total',
    help: 'Awards given, changed or taken back.',
    registers: [this.registry],
  })
  readonly jobErrors = new Counter({
    name: 'laurel_job_errors_total',
    help: 'Runs of jobs that ended with an error, by queue and whether it will pass by itself.',
    labelNames: ['queue', 'transient'],
    registers: [this.registry],
  })
  readonly jobWait = new Histogram({
    name: 'laurel_job_wait_seconds',
    help: 'From when a job was due in its queue until a worker began its first run, by queue.',
    labelNames: ['queue'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [this.registry],
  })
  readonly jobRun = new Histogram({
    name: 'laurel_job_run_seconds',
    help: 'How long a run of a job took, however it ended, by queue.',
    labelNames: ['queue'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [this.registry],
  })
  readonly auditDifferences = new Gauge({
    name: 'laurel_audit_differences',
    help: 'What the last nightly audit found stored that is not what the events come to. Anything but 0 is a fault.',
    registers: [this.registry],
  })
  readonly kafkaToAward = new Histogram({
    name: 'laurel_kafka_to_award_seconds',
    help: 'From the timestamp of the Kafka record to the commit of its gamification.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers: [this.registry],
  })

  constructor() {
    collectDefaultMetrics({ register: this.registry })
  }

  /** A number that is asked for when metrics are read. */
  gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    collect: (gauge: Gauge<Label>) => void | Promise<void>,
  ): void {
    new Gauge<Label>({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.registry],
      async collect() {
        await collect(this)
      },
    })
  }
}

export interface MetricsServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves `/metrics`, and `/healthz` by what `isHealthy` says: for processes that serve nothing else.
 *
 * @param port 0 takes a free one
 */
export async function serveMetrics(
  metrics: Metrics,
  host: string,
  port: number,
  isHealthy: () => boolean,
): Promise<MetricsServer> {
  const server = createServer(async (request, response) => {
    if (request.url === '/metrics') {
      try {
        const body = await metrics.registry.metrics()
        response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(body)
      } catch (error) {
        response.writeHead(503, { 'content-type': 'text/plain' }).end(String(error))
      }
    } else if (request.url === '/healthz') {
      const healthy = isHealthy()
      response
        .writeHead(healthy ? 200 : 503, { 'content-type': 'text/plain' })
        .end(healthy ? 'ok' : 'no progress')
    } else {
      response.writeHead(404).end()
    }
  })
  return {
    port: await listen(server, host, port, 'METRICS_PORT'),
    close: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
