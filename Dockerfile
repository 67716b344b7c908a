# Every part of ours in docker-compose.yml; Kafka and ClickHouse have images of their own.
FROM python:3.11.14-slim-bookworm AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
RUN uv venv /opt/certainty
ENV VIRTUAL_ENV=/opt/certainty
# The versions and checksums of requirements.lock, without its development tools.
COPY pyproject.toml requirements.lock ./
RUN uv pip install --no-cache --compile-bytecode --constraint requirements.lock -r pyproject.toml
COPY . .
RUN uv pip install --no-cache --compile-bytecode --no-deps .

FROM python:3.11.14-slim-bookworm
COPY --from=build /opt/certainty /opt/certainty
ENV PATH=/opt/certainty/bin:$PATH PYTHONUNBUFFERED=1 CERTAINTY_DATA_DIR=/data
RUN useradd --uid 10001 --create-home certainty && install -d -o certainty -g certainty /data
USER certainty
WORKDIR /home/certainty
VOLUME /data
ENTRYPOINT ["certainty"]
CMD ["--help"]
