import type { Response } from 'express'

/** Answers as Bull Board does, whose page shows both texts: what happened, and why. */
export function refuse(response: Response, status: number, error: string, message: string): void {
  response.status(status).json({ error, message })
}
