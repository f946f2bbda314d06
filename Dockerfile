# One image for worker, gateway and simulators: the command decides which it is (see docker-compose.yml).
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
# Certificates for TLS to Temporal and PostgreSQL.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production DARSENA_STATE=/data DARSENA_ATTACHMENTS=/data/attachments
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/bin ./bin
RUN mkdir -p /data/attachments && chown -R node:node /data
USER node
CMD ["node", "--enable-source-maps", "dist/worker/main.js"]
