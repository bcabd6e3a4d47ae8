import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDecimal, toDecimal } from '#domain/decimal.ts'
import { LaurelError } from '#domain/error.ts'
import { type Decided, type Decision, decide } from '#pipeline/decision.ts'
import { whileMoving } from '#pipeline/moved.ts'
import { print, printJson } from './output.ts'
import { customerOf, withStore } from './store.ts'

interface Options {
  readonly key?: string
  readonly reason: string
  readonly by: string
  readonly json?: boolean
}

/** The commands that move points by hand: once under a key, then a fact. */
export function addPoints(program: Command): void {
  withOptions(
    program
      .command('spend')
      .description('take points that a customer spends; refused where the balance does not cover them')
      .argument('<customer>', 'a phone number, UUID or other id, in any spelling')
      .argument('<wallet>', 'such as points')
      .argument('<amount>', 'how many, above zero', above),
  )
    .option('--reason <text>', 'what for', 'spent')
    .action((customer: string, wallet: string, amount: number, options: Options) =>
      carryOut('spend', customer, wallet, amount, options),
    )
  withOptions(
    program
      .command('adjust')
      .description('give a customer points, or take some, by hand; a negative amount stands after --')
      .argument('<customer>', 'a phone number, UUID or other id, in any spelling')
      .argument('<wallet>', 'such as points')
      .argument('<amount>', 'how many; negative takes them', decimal),
  )
    .addOption(new Option('--reason <text>', 'why: it is kept, and shown').makeOptionMandatory())
    .action((customer: string, wallet: string, amount: number, options: Options) =>
      carryOut('adjust', customer, wallet, amount, options),
    )
}

function withOptions(command: Command): Command {
  return command
    .option(
      '--key <key>',
      'the same key is the same decision, however often it is sent; made up unless given',
    )
    .option('--by <name>', 'who decided', userInfo().username)
    .option('--json', 'as JSON')
}

async function carryOut(
  kind: Decision['kind'],
  id: string,
  wallet: string,
  amount: number,
  { key = randomUUID(), reason, by, json }: Options,
): Promise<void> {
  const decided = await withStore((store) =>
    whileMoving(async () => {
      const customer = await customerOf(store, id)
      const decision = { kind, wallet, amount, key, reason, by }
      return decide(store.database, store.programs, customer, decision, Date.now())
    }),
  )
  if (json) printJson({ ...decided, key, balance: toDecimal(decided.balance) })
  else print(sentence(kind, wallet, amount, key, decided))
  if (!decided.accepted) {
    throw new LaurelError(
      'SPEND_REFUSED',
      'A key that was refused stays refused: take another one to try again.',
    )
  }
}

function sentence(kind: string, wallet: string, amount: number, key: string, decided: Decided): string {
  const done = decided.accepted
    ? `${kind === 'spend' ? 'Spent' : 'Adjusted'} ${toDecimal(amount)} ${wallet}`
    : `Refused to spend ${toDecimal(amount)} ${wallet}: the balance does not cover it`
  const when = decided.again ? ' (decided before, under this key)' : ''
  return `${done}${when}. The balance was ${toDecimal(decided.balance)} then. Key ${key}, event ${decided.event}`
}

function decimal(text: string): number {
  const amount = parseDecimal(text)
  if (amount === undefined || amount === 0 || Math.abs(amount) > 1e13) {
    throw new InvalidArgumentError('Expected an amount of points such as 50 or 12.5.')
  }
  return amount
}

function above(text: string): number {
  const amount = decimal(text)
  if (amount < 0) throw new InvalidArgumentError('Expected an amount above zero.')
  return amount
}
