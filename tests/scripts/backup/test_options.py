from pathlib import Path

from scripts.backup import options
from scripts.backup.s3 import Bucket
from scripts.backup.targets import Directory


def test_a_target_is_a_directory_or_a_bucket():
    place = options.target("backups", s3_endpoint=None, s3_credentials=None)
    assert isinstance(place, Directory)
    assert str(Path.cwd() / "backups" / "x") == place.where("x")

    bucket = options.target("s3://bucket/site", s3_endpoint="http://127.0.0.1:1", s3_credentials=None)
    assert isinstance(bucket, Bucket)
    assert "s3://bucket/site/x" == bucket.where("x")
