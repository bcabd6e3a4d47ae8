import { defineConfig } from 'drizzle-kit'

export default defineConfig({ dialect: 'postgresql', schema: './libs/store/schema.ts', out: './drizzle' })
