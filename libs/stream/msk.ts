import { LaurelError } from '#domain/error.ts'

const signer = 'aws-msk-iam-sasl-signer-js'

interface Signer {
  generateAuthToken(options: { region: string }): Promise<{ token: string }>
}

/**
 * A token to log in to Amazon MSK with, from the AWS credentials of this process. The package that makes it
 * is large and of use to nobody else, so it is loaded when it is needed.
 *
 * @throws LaurelError DEPENDENCY_MISSING that names the package to install
 */
export async function mskToken(region: string, load: () => Promise<Signer> = loadSigner): Promise<string> {
  const { generateAuthToken } = await load()
  const { token } = await generateAuthToken({ region })
  return token
}

async function loadSigner(): Promise<Signer> {
  try {
    return await import(signer)
  } catch (cause) {
    throw new LaurelError(
      'DEPENDENCY_MISSING',
      `KAFKA_PRESET=msk-iam needs a package that is not installed: npm install ${signer}`,
      cause,
    )
  }
}
