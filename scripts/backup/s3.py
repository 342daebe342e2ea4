"""Backups in a bucket of S3-compatible storage, through the client of the extra `s3`."""

import io
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scripts.backup import manifest
from scripts.backup.manifest import BackupError
from scripts.backup.targets import S3

DEFAULT_ENDPOINT = "https://s3.amazonaws.com"


class Bucket:
    """Backups below a prefix of a bucket. All methods raise BackupError."""

    def __init__(self, url: str, *, endpoint: str | None, credentials: Path | None) -> None:
        """url: s3://bucket or s3://bucket/prefix. credentials: a file as the AWS tools read it. Raises BackupError."""
        bucket, _, prefix = url.removeprefix(S3).partition("/")
        self._url = url.rstrip("/")
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._client, self._errors = _client(endpoint or DEFAULT_ENDPOINT, credentials)

    def names(self) -> list[str]:
        entries = self._ask(lambda: list(self._client.list_objects(self._bucket, prefix=self._prefix)))
        names = (entry.object_name.removeprefix(self._prefix).rstrip("/") for entry in entries)
        return sorted(name for name in names if manifest.is_name(name))

    def has(self, backup: str, file: str) -> bool:
        name = self._name(backup, file)
        return any(
            entry.object_name == name
            for entry in self._ask(lambda: list(self._client.list_objects(self._bucket, prefix=name)))
        )

    def write(self, backup: str, file: str, content: bytes) -> None:
        name = self._name(backup, file)
        self._ask(lambda: self._client.put_object(self._bucket, name, io.BytesIO(content), len(content)))

    def read(self, backup: str, file: str) -> bytes:
        def content() -> bytes:
            response = self._client.get_object(self._bucket, self._name(backup, file))
            try:
                return bytes(response.read())
            finally:
                response.close()
                response.release_conn()

        return bytes(self._ask(content))

    def remove(self, backup: str) -> None:
        def remove() -> None:
            self._client.remove_object(self._bucket, self._name(backup, manifest.FILE))
            for entry in self._client.list_objects(self._bucket, prefix=self._name(backup, ""), recursive=True):
                self._client.remove_object(self._bucket, entry.object_name)

        self._ask(remove)

    def where(self, backup: str) -> str:
        return f"{self._url}/{backup}"

    def _name(self, backup: str, file: str) -> str:
        return f"{self._prefix}{backup}/{file}"

    def _ask(self, question: Any) -> Any:
        try:
            return question()
        except self._errors as error:
            code = getattr(error, "code", None) or type(error).__name__
            raise BackupError(
                f"The storage answers {code} for {self._url}. Check the bucket, --s3-endpoint and --s3-credentials."
            ) from error


def _client(endpoint: str, credentials: Path | None) -> tuple[Any, tuple[type[Exception], ...]]:
    """Return the client, and the errors that it raises."""
    try:
        from minio import Minio
        from minio.credentials.providers import AWSConfigProvider, EnvAWSProvider
        from minio.error import MinioException
        from urllib3.exceptions import HTTPError
    except ImportError:
        raise BackupError("Backups to S3 need the package minio. Install it: .venv/bin/pip install minio") from None
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BackupError(f"The endpoint {endpoint} must be an address such as https://s3.example.org.")
    provider = AWSConfigProvider(str(credentials)) if credentials else EnvAWSProvider()
    client = Minio(parts.netloc, secure=parts.scheme == "https", credentials=provider)
    return client, (MinioException, HTTPError, ValueError, OSError)
