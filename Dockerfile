# One image for every role: docker run herald --roles ingress (all of them where none is named).

# The manifests alone: what is installed is made anew when one of them changes, and not with every source.
FROM node:24-bookworm-slim AS manifests
WORKDIR /herald
COPY package.json package-lock.json .npmrc ./
COPY packages packages
COPY services services
RUN find packages services -type f ! -name package.json -delete && find packages services -type d -empty -delete

FROM node:24-bookworm-slim AS dependencies
WORKDIR /herald
COPY --from=manifests /herald ./
# Nothing that is needed here has to be compiled, so no script of a dependency runs. What only people and editors read
# (types, source maps, texts) is left out; licences stay.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error \
  && find . -type f -path '*/node_modules/*' \
    \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -iname 'readme*.md' -o -iname 'changelog*.md' \) \
    -delete

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Herald" \
  org.opencontainers.image.description="An engine for API-triggered campaigns" \
  org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /herald
COPY --from=dependencies /herald ./
COPY package.json LICENSE ./
COPY packages packages
COPY services services
# The data of the embedded mode, and the keys. A new volume takes its owner from here.
RUN mkdir --mode=700 /data && chown node:node /data
VOLUME /data
ENV NODE_ENV=production \
  HERALD_HOST=0.0.0.0 \
  HERALD_PORT=8080 \
  HERALD_DATA=/data
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HERALD_PORT}/health/ready`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# In exec form: signals reach Herald, and its exit code is the container's.
ENTRYPOINT ["node", "services/standalone/src/main.ts"]
