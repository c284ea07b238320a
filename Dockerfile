# cronfleet with a team's config in it, for what runs it in the cluster: build it in the folder of fleet.config.ts.
#   docker build -t ghcr.io/acme/cronfleet:0.1.0 .
# Pin the base by digest in your registry's mirror: FROM node:20.20.2-bookworm-slim@sha256:…
FROM node:20.20.2-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

FROM node:20.20.2-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY package.json tsconfig.json ./
COPY bin ./bin
COPY lib ./lib
COPY imports ./imports
# The team's: every config and its lock.
COPY *.config.ts *.lock.json ./
RUN ln -s /app/bin/cronfleet.js /usr/local/bin/cronfleet
# The user `node` of the base image, by its number: Kubernetes can only tell a number from root. The root file system may be read-only.
USER 1000:1000
ENTRYPOINT ["cronfleet"]
CMD ["--help"]
