# Sillage with its embedded ClickHouse. Everything it keeps is under /data. Salts need memory-backed storage: a tmpfs at
# SILLAGE_SALT_DIR, as in docker-compose.yml, else the container's /dev/shm. The root of the container may be read-only.

# There is no wheel of the engine for Alpine, so Debian. "slim" has no compiler; no dependency needs one.
FROM python:3.11-slim

WORKDIR /srv/sillage
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY ingest ingest
COPY schema schema
COPY dashboard dashboard
COPY scripts scripts
# requirements.lock fixes the version of every package. The extra s3 is for backups to a bucket. The engine declares
# pandas and numpy as dependencies, but works without them: 160 MB less on disk, and 50 MB less in memory.
# The user has a fixed number, so that a volume keeps its owner. /data is created here, because a new volume takes over
# owner and mode of the directory it covers; the same goes for /backups.
RUN pip install --no-cache-dir -c requirements.lock '.[s3]' \
    && pip uninstall --yes pandas numpy \
    && useradd --system --uid 10001 sillage \
    && install --directory --owner sillage --mode 0700 /data /backups

# Nothing runs as root, not even at the start: no file has to change its owner.
USER sillage
WORKDIR /data
# In a container, 127.0.0.1 could not be reached from outside. What may reach it is decided by the published port.
ENV SILLAGE_DATA_DIR=/data \
    SILLAGE_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000
# Unhealthy while hits are refused, for example because the disk is full. It may take half a minute to open a large spool.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["sillage"]
CMD ["serve"]
