import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/** As OWASP asks for scrypt at least: 32 MB and about a quarter of a second. */
const COST = { N: 2 ** 15, r: 8, p: 3 }
const SALT_BYTES = 16
const HASH_BYTES = 32

const FORMAT = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,})\$([\w-]{43})$/

interface Hash {
  readonly cost: { readonly N: number; readonly r: number; readonly p: number }
  readonly salt: Buffer
  readonly hash: Buffer
}

/** What of a password may stand in a file: `scrypt$N$r$p$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive(password, salt, COST)
  const { N, r, p } = COST
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** Whether a text is such a hash, of a cost that a login can bear and no guesser likes. */
export function isPasswordHash(text: string): boolean {
  const parsed = parse(text)
  if (!parsed) return false
  const { N, r, p } = parsed.cost
  const isPowerOfTwo = N > 1 && (N & (N - 1)) === 0
  return isPowerOfTwo && N >= 2 ** 14 && r >= 8 && p >= 1 && N * r * p <= 2 ** 22
}

/** Whether a password is the one that was hashed; how long it takes tells nothing about how near it came. */
export async function isPassword(hashed: string, password: string): Promise<boolean> {
  const parsed = parse(hashed)
  if (!parsed) return false
  return timingSafeEqual(await derive(password, parsed.salt, parsed.cost), parsed.hash)
}

function parse(text: string): Hash | undefined {
  const match = FORMAT.exec(text)
  if (!match) return undefined
  const [, N, r, p, salt = '', hash = ''] = match
  return {
    cost: { N: Number(N), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    hash: Buffer.from(hash, 'base64url'),
  }
}

/** Beside the other work of the process, since it takes a while. The same characters are the same password. */
function derive(password: string, salt: Buffer, cost: Hash['cost']): Promise<Buffer> {
  const options: ScryptOptions = { ...cost, maxmem: 256 * cost.r * (cost.N + cost.p) }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, HASH_BYTES, options, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
