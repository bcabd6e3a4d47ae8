import { LaurelError } from '#domain/error.ts'

/** Thrown where an answer takes longer than anybody waits for it. */
export class Late extends LaurelError {
  constructor(patience: number) {
    super('DEADLINE_EXCEEDED', `no answer within ${patience / 1_000} s`)
  }
}

/** @throws Late after so many ms, while the promise goes on */
export async function within<T>(promise: Promise<T>, patience: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Late(patience)), patience)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
