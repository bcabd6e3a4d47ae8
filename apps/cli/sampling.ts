import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { LaurelError } from '#domain/error.ts'
import { type DiaryOptions, diary, type Tariff } from './diary.ts'
import { HOME } from './population/message.ts'
import { positive } from './processes.ts'

const DAY = 86_400_000
/** Lines are written together up to so many characters. */
const PORTION = 1 << 16

/** The command that makes events up, for trying a program on. */
export function addSampling(program: Command): void {
  program
    .command('sample')
    .description('make up the events of a population over days, as its systems would send them, one a line')
    .addOption(new Option('--customers <n>', 'how many people').argParser(positive).default(1_000))
    .addOption(new Option('--days <n>', 'how many days').argParser(positive).default(30))
    .addOption(
      new Option('--seed <n>', 'another number makes up other people').argParser(positive).default(1),
    )
    .addOption(
      new Option(
        '--from <day>',
        'the first day, such as 2026-11-01; unless given, so that the last is yesterday',
      ).argParser(day),
    )
    .addOption(
      new Option('--tariff <name>', 'whether people recharge, or pay bills')
        .choices(['prepaid', 'postpaid'])
        .default('prepaid'),
    )
    .option('--out <file>', 'where to write; unless given, to standard output')
    .action(sample)
}

interface Options {
  readonly customers: number
  readonly days: number
  readonly seed: number
  /** Days since 1970-01-01. */
  readonly from?: number
  readonly tariff: Tariff
  readonly out?: string
}

async function sample({ from, out, ...rest }: Options): Promise<void> {
  const options: DiaryOptions = { ...rest, from: from ?? HOME.day(Date.now()) - rest.days }
  if (out === undefined) {
    await pipeline(portions(options), process.stdout, { end: false })
    return
  }
  await pipeline(portions(options), createWriteStream(out)).catch((error: Error) => {
    throw new LaurelError('ARGUMENT_INVALID', `${out} cannot be written: ${error.message}`, error)
  })
}

function* portions(options: DiaryOptions): Generator<string> {
  let portion = ''
  for (const line of diary(options)) {
    portion += `${line}\n`
    if (portion.length < PORTION) continue
    yield portion
    portion = ''
  }
  yield portion
}

/** A day as days since 1970-01-01. */
function day(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(at)) throw new InvalidArgumentError('Write a day, such as 2026-11-01.')
  return at / DAY
}
