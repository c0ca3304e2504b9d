# syntax=docker/dockerfile:1
# The Debian and the Node that nodegit is compiled and tested on.
ARG NODE_IMAGE=node:20-bookworm

FROM ${NODE_IMAGE} AS dependencies
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3 make g++ libssl-dev libkrb5-dev \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts/install-addon.mjs scripts/
COPY scripts/setup scripts/setup
RUN npm ci --ignore-scripts --no-audit --no-fund && node scripts/install-addon.mjs

FROM dependencies AS build
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY scripts/prune-dist.mjs scripts/bundle.mjs scripts/
COPY src src
COPY config config
RUN npm run build

FROM dependencies AS production
# Of nodegit only what runs; its sources are ten times the rest.
RUN npm prune --omit=dev --ignore-scripts \
  && rm -rf node_modules/nodegit/vendor node_modules/nodegit/src node_modules/nodegit/include \
  && find node_modules/nodegit/build -name '*.a' -delete

FROM ${NODE_IMAGE}-slim
LABEL org.opencontainers.image.title="mcp-git-server" \
  org.opencontainers.image.description="A git server for teams of AI agents: MCP and WebSocket gateway over real git repositories" \
  org.opencontainers.image.licenses="MIT"
RUN apt-get update \
  && apt-get install --yes --no-install-recommends git openssh-client ca-certificates tini libgssapi-krb5-2 \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir /repositories && chown node:node /repositories \
  # Whichever user the container runs as makes a private folder in there.
  && mkdir --mode=1777 /var/lib/mcp-git-server
WORKDIR /app
COPY --from=production /app/node_modules ./node_modules
COPY --from=build /app/dist/bundle ./dist/bundle
COPY package.json ./
COPY config ./config
# Reachable from outside the container, so a token is required: without one the server says how to make it and ends.
ENV NODE_ENV=production MCP_GIT_HOST=0.0.0.0 MCP_GIT_PORT=8080 MCP_GIT_ROOTS=/repositories MCP_GIT_AUTH_MODE=token \
  MCP_GIT_SERVER_SUPERVISED=false
USER node
EXPOSE 8080
VOLUME /repositories
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.MCP_GIT_PORT}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "dist/bundle/cli.js", "serve"]
