import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { LaurelError } from '#domain/error.ts'
import { hashPassword } from '../ops/password.ts'
import { print } from './output.ts'

const SHORTEST = 8

/** The command that makes what stands in OPS_USERS_FILE for a password. */
export function addOpsPassword(program: Command): void {
  program
    .command('ops-password')
    .description('print what stands in OPS_USERS_FILE for a password, which is read from standard input')
    .action(async () => {
      const password = process.stdin.isTTY ? await ask() : (await text(process.stdin)).replace(/\r?\n$/, '')
      if (password.length < SHORTEST || /[\r\n]/.test(password)) {
        throw new LaurelError(
          'ARGUMENT_INVALID',
          `Expected one line with a password of at least ${SHORTEST} characters on standard input.`,
        )
      }
      print(await hashPassword(password))
    })
}

/** Without showing what is typed. */
async function ask(): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  process.stderr.write('Password: ')
  const password = await terminal.question('')
  terminal.close()
  process.stderr.write('\n')
  return password
}
