"""The URLs of the shards of a cluster. Settings read them, so this imports no client of ClickHouse."""

from urllib.parse import SplitResult, urlsplit


def shard_urls(url: str) -> list[str]:
    """Return a URL for each server in `clickhouse://user:password@one:8123,two:8123/database`."""
    parts = urlsplit(url)
    if parts.scheme not in ("clickhouse", "clickhouses"):
        return [url]
    user, at, servers = parts.netloc.rpartition("@")
    return [SplitResult(parts.scheme, user + at + server, *parts[2:]).geturl() for server in servers.split(",")]
