import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Config, readConfig } from '#runtime/config.ts'
import { runningStack } from '#stack/record.ts'
import { type KafkaSettings, parseKafkaSettings } from '#stream/settings.ts'

/** The project's own directory: `.data` and programs are found from wherever a command is run. */
export const HOME = fileURLToPath(new URL('../..', import.meta.url))

/** Where `npm start` keeps its data. */
export const DATA = resolve(process.env.LAUREL_DATA || resolve(HOME, '.data'))

/**
 * The environment of a command: what is set by hand, completed with the addresses of the local stack while
 * that runs, so that `npx laurel …` in a second terminal needs nothing.
 */
export function environment(): NodeJS.ProcessEnv {
  const local = runningStack(DATA)
  return {
    PROGRAM_DIRECTORY: resolve(HOME, 'programs/telco'),
    ...(local && {
      KAFKA_BOOTSTRAP_SERVERS: local.kafka,
      REDIS_URL: local.redisUrl,
      DATABASE_URL: local.databaseUrl,
    }),
    ...process.env,
  }
}

/** @throws LaurelError CONFIGURATION_INVALID with every mistake */
export function config(): Config {
  return readConfig(environment())
}

/** @throws LaurelError CONFIGURATION_INVALID with every mistake */
export function kafkaSettings(): KafkaSettings {
  return parseKafkaSettings(environment())
}
