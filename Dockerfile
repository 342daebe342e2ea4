# Sillage with its embedded ClickHouse. Everything it keeps is under /data; salts need memory-backed storage (a tmpfs
# at SILLAGE_SALT_DIR, else the container's /dev/shm). There is no wheel of the engine for Alpine.
FROM python:3.11-slim

WORKDIR /srv/sillage
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY ingest ingest
COPY schema schema
COPY dashboard dashboard
COPY scripts scripts
RUN pip install --no-cache-dir -c requirements.lock '.[s3]' \
    && useradd --system --uid 10001 sillage \
    && install --directory --owner sillage --mode 0700 /data

USER sillage
WORKDIR /data
ENV SILLAGE_DATA_DIR=/data \
    SILLAGE_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/api/health', timeout=4)"]
ENTRYPOINT ["sillage"]
CMD ["serve"]
