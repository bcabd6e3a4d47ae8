import { type Command, InvalidArgumentError, Option } from 'commander'
import { toDecimal } from '#domain/decimal.ts'
import { LaurelError } from '#domain/error.ts'
import { NO_EVENT } from '#domain/position.ts'
import { readReceipt } from '#domain/receipt.ts'
import { parseTimestamp } from '#domain/timestamp.ts'
import { audit, describeDifference, type Selection } from '#pipeline/audit.ts'
import { erase } from '#pipeline/erasure.ts'
import { type Explanation, explain } from '#pipeline/explanation.ts'
import { setHorizon } from '#pipeline/retention.ts'
import { eventOrigins } from '#store/events.ts'
import { print, printJson } from './output.ts'
import { positive } from './processes.ts'
import { customerOf, type Store, withStore } from './store.ts'

/** The commands that look into the past, and those that end it. */
export function addHistory(program: Command): void {
  program
    .command('audit')
    .description('fold customers again from nothing: what is stored must be the same')
    .argument('[customer...]', 'these only, in any spelling')
    .addOption(new Option('--sample <n>', 'so many taken at random').argParser(positive).default(1_000))
    .option('--all', 'everyone')
    .option('--json', 'as JSON')
    .action((customers: string[], options: AuditOptions) =>
      withStore((store) => runAudit(store, customers, options)),
    )
  program
    .command('explain')
    .description('show what stands behind an award: its rule, its events, its arithmetic')
    .argument(
      '<award>',
      'rule/occurrence@customer, such as login-streak/1@+8801700000042; of points also rule/event',
    )
    .option('--json', 'as JSON')
    .action((award: string, { json }: { json?: boolean }) =>
      withStore((store) => runExplain(store, award, json)),
    )
  program
    .command('erase')
    .description(
      'take out of the database who a customer is and what their events said; points and ledger stay',
    )
    .argument('<customer>', 'a phone number, UUID or other id, in any spelling')
    .addOption(new Option('--yes', 'there is no way back').makeOptionMandatory())
    .action((id: string) =>
      withStore(async (store) => {
        const { customerId } = await customerOf(store, id)
        const { subjects, failures } = await erase(store, customerId)
        print(`Erased ${subjects} ids and ${failures} failures of customer @${customerId}.`)
      }),
    )
  program
    .command('retain')
    .description(
      'keep events from a time on only; what came of earlier ones stays, and they are no longer taken',
    )
    .argument('<time>', 'ISO 8601, in the zone of the program unless it names one')
    .addOption(new Option('--yes', 'there is no way back').makeOptionMandatory())
    .action((time: string) =>
      withStore(async (store) => {
        const { zone } = await store.programs.of(store.database.sql)
        const at = parseTimestamp(time, zone)?.instant
        if (at === undefined) throw new InvalidArgumentError('Expected a time such as 2026-01-01T00:00.')
        await setHorizon(store, at, Date.now())
        print(
          `Events before ${new Date(at).toISOString()} are refused from now on; tonight the stored ones are settled.`,
        )
      }),
    )
}

interface AuditOptions {
  readonly sample: number
  readonly all?: boolean
  readonly json?: boolean
}

async function runAudit(
  store: Store,
  ids: readonly string[],
  { sample, all, json }: AuditOptions,
): Promise<void> {
  const named = await Promise.all(ids.map((id) => customerOf(store, id)))
  const selection: Selection =
    named.length > 0 ? named.map(({ customerId }) => customerId) : all ? 'all' : { sample }
  const result = await audit(store, selection, (difference) => {
    if (!json) print(describeDifference(difference))
  })
  const { customers, skipped, differences } = result
  if (json) printJson(result)
  else {
    const busy = skipped === 0 ? '' : `, ${skipped} skipped since events of theirs are on their way`
    print(`${customers} customers folded again${busy}: ${differences.length} differences.`)
  }
  if (differences.length > 0) process.exitCode = 1
}

const AWARD = /^([a-z][a-z0-9-]*)\/(.+?)(?:@(.+))?$/
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

async function runExplain(store: Store, written: string, json: boolean | undefined): Promise<void> {
  const [, rule, occurrence, customer] = AWARD.exec(written) ?? []
  if (rule === undefined || occurrence === undefined) {
    throw new LaurelError(
      'ARGUMENT_INVALID',
      'Write an award as rule/occurrence@customer, such as kyc/once@123.',
    )
  }
  const customerId = await ownerOf(store, occurrence, customer)
  const explanation = await explain(store.database, store.programs, customerId, rule, occurrence)
  if (!explanation) {
    throw new LaurelError(
      'NOT_FOUND',
      `This customer never had ${rule}/${occurrence}: npx laurel customer shows what they have.`,
    )
  }
  if (json) return printJson(asJson(explanation))
  printExplanation(explanation)
}

async function ownerOf(store: Store, occurrence: string, customer: string | undefined): Promise<number> {
  if (customer !== undefined) return (await customerOf(store, customer)).customerId
  const origin = UUID.test(occurrence)
    ? (await eventOrigins(store.database.sql, [occurrence])).get(occurrence)
    : undefined
  if (origin) return origin.customerId
  throw new LaurelError('ARGUMENT_INVALID', `Say whose award it is: ${occurrence}@<customer>.`)
}

function asJson({ award, program, rule, events, ledger }: Explanation) {
  return {
    rule: award.rule,
    occurrence: award.occurrence,
    kind: award.kind,
    level: award.level === 0 ? null : award.level,
    wallet: award.wallet,
    amount: toDecimal(award.amount),
    at: iso(award.at),
    event: award.identity === NO_EVENT ? null : award.identity,
    availableAt: award.availableAt === null ? null : iso(award.availableAt),
    live: award.live,
    revision: award.revision,
    program: {
      name: program.name,
      version: award.program,
      rule: rule === undefined ? null : JSON.parse(rule),
    },
    numbers: readReceipt(award.receipt),
    events: events.map(({ identity, type, at, value }) => ({
      id: identity,
      type,
      at: iso(at),
      value: value === null ? null : toDecimal(value),
    })),
    ledger: ledger.map(({ wallet, amount, revision, recordedAt }) => ({
      wallet,
      amount: toDecimal(amount),
      revision,
      recordedAt: iso(recordedAt),
    })),
  }
}

function printExplanation(explanation: Explanation): void {
  const { award, program, rule, events, ledger } = explanation
  const gives = award.wallet === null ? '' : `, ${toDecimal(award.amount)} ${award.wallet}`
  const level = award.level === 0 ? '' : `, level ${award.level}`
  const state = award.live ? 'stands' : 'was taken back'
  print(
    `${award.rule}/${award.occurrence}: ${award.kind}${level}${gives}. It ${state} (revision ${award.revision}).`,
  )
  print(
    `  when     ${iso(award.at)}${award.identity === NO_EVENT ? ', by time alone' : `, by event ${award.identity}`}`,
  )
  if (award.availableAt !== null) print(`  pending  until ${iso(award.availableAt)}`)
  print(`  rule     of ${program.name}, version ${award.program}${rule === undefined ? '' : `: ${rule}`}`)
  for (const [name, number] of Object.entries(readReceipt(award.receipt)))
    print(`  ${name.padEnd(8)} ${number}`)
  for (const { identity, type, at, value } of events.slice(-SHOWN)) {
    print(`  event    ${iso(at)}  ${type}${value === null ? '' : ` of ${toDecimal(value)}`}  ${identity}`)
  }
  if (events.length > SHOWN) print(`           and ${events.length - SHOWN} before these (--json shows all)`)
  for (const { wallet, amount, recordedAt, revision } of ledger) {
    const sign = amount > 0 ? '+' : ''
    print(`  ledger   ${sign}${toDecimal(amount)} ${wallet}, told ${iso(recordedAt)} (revision ${revision})`)
  }
}

const SHOWN = 20
function iso(instant: number): string {
  return new Date(instant).toISOString()
}
