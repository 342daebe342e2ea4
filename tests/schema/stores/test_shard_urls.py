import pytest

from schema.stores.shard_urls import shard_urls


@pytest.mark.parametrize(
    ("url", "urls"),
    [
        pytest.param(
            "clickhouse://ana:p%40ss@one:8123,two:8124/stats",
            ["clickhouse://ana:p%40ss@one:8123/stats", "clickhouse://ana:p%40ss@two:8124/stats"],
            id="two servers",
        ),
        pytest.param("clickhouse://one/stats", ["clickhouse://one/stats"], id="one server"),
        pytest.param("chdb:///data/a,b", ["chdb:///data/a,b"], id="the embedded engine"),
    ],
)
def test_a_url_may_list_a_server_of_each_shard(url: str, urls: list[str]) -> None:
    assert urls == shard_urls(url)
