# The local task server with a Chromium, for a user who is not root; docs/server.md says how to run it.

FROM rust:1.94-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --locked --release --package lightcone-cli --bin lightcone

FROM debian:bookworm-slim
# Debian keeps only the newest versions, of which the browser's is the safest.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates chromium chromium-sandbox \
        fonts-liberation fonts-noto-cjk fonts-noto-color-emoji fonts-noto-core tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home lightcone \
    && install --directory --owner lightcone --group lightcone --mode 700 /data
COPY --from=build /source/target/release/lightcone /usr/local/bin/lightcone

# A number, as orchestrators that refuse root cannot tell what a name stands for.
USER 10001:10001
WORKDIR /home/lightcone
ENV LIGHTCONE_CHROMIUM=/usr/bin/chromium
VOLUME /data
EXPOSE 8700
# The page needs no key, and comes whatever the server is at.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8700 && printf 'GET / HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
# Processes that a browser leaves behind are collected by the first one.
ENTRYPOINT ["tini", "--", "lightcone"]
CMD ["serve", "--host", "0.0.0.0", "--data", "/data"]
