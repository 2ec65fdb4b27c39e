# syntax=docker/dockerfile:1

# An LTS release of Node on the Debian release that the image is of.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG BASE_IMAGE=debian:bookworm-slim

# --- compiles the service ---
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json

# --- what the running service needs of its packages: no types, no maps, no sources of binaries, no other module formats ---
FROM ${NODE_IMAGE} AS production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund \
    && rm -rf node_modules/typescript node_modules/.bin node_modules/classic-level/deps node_modules/rxjs/src \
    node_modules/rxjs/dist/bundles node_modules/rxjs/dist/esm5 node_modules/class-validator/bundles \
    node_modules/class-validator/esm5 node_modules/class-transformer/bundles node_modules/class-transformer/esm5 \
    node_modules/swagger-ui-dist/swagger-ui-es-* \
    && find node_modules -type f \
    \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' -o -name '*.flow' \) -delete \
    && find node_modules -depth -type d -empty -delete

# --- the two programs that the image has beside Debian's own. tini may be run and not read: so the system shows its
# environment, where the token stays, to nobody (proc_pid_environ(5)) ---
FROM ${NODE_IMAGE} AS programs
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends binutils tini \
    && rm -rf /var/lib/apt/lists/* \
    && install -D /usr/local/bin/node /programs/node \
    && strip /programs/node \
    && install -m 0711 /usr/bin/tini /programs/tini

FROM ${BASE_IMAGE}
RUN groupadd --gid 10001 executor \
    && useradd --uid 10001 --gid 10001 --home-dir /workspace --no-create-home --shell /bin/bash executor \
    && install -d -o 10001 -g 10001 -m 0750 /data /workspace
COPY --from=programs /programs/node /programs/tini /usr/local/bin/
WORKDIR /app
COPY --from=production /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY config/classification.yaml config/detectors.yaml config/policy.example.yaml config/hooks.example.yaml config/
COPY config/hooks config/hooks
# Everything else of the root file system may be read-only. A published port takes a token: AUTH_TOKEN or AUTH_TOKENS_FILE.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8003 DATA_DIR=/data WORKDIR_ROOT=/workspace HOME=/workspace
VOLUME ["/data", "/workspace", "/tmp"]
USER 10001:10001
EXPOSE 8003
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "node", "--enable-source-maps", "--max-semi-space-size=4", "/app/dist/main.js"]
