# The hub in a container: Node 24 of the image, an outside PostgreSQL, everything it writes in one volume.
FROM node:24-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The optional packages are a Node and a PostgreSQL of their own: the image and the compose file have both.
RUN npm ci --omit=dev --omit=optional
COPY schemas ./schemas
COPY routing ./routing
COPY operators ./operators
COPY monitoring ./monitoring
COPY hub ./hub
RUN install -d -o node -g node /var/lib/edo-hub
USER node
ENV HUB_DATA_FOLDER=/var/lib/edo-hub \
    HUB_PARTNER_HOST=0.0.0.0 \
    HUB_ADMIN_HOST=0.0.0.0 \
    HUB_INTERNAL_HOST=0.0.0.0 \
    HUB_PORTAL_HOST=0.0.0.0
VOLUME /var/lib/edo-hub
EXPOSE 8080 8081 8082 8084
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/health/ready').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "hub/cli/hub.js", "start"]
