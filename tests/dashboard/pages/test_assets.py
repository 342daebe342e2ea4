import pytest

from dashboard.pages import assets

NAMES = sorted(path.name for path in assets.DIRECTORY.iterdir() if path.suffix in assets.MEDIA_TYPES)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_served_under_its_url_for_a_year(stranger, name):
    answer = stranger.get(assets.url(name))

    assert (200, assets.content(name)) == (answer.status_code, answer.content)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith(assets.MEDIA_TYPES[f".{name.rpartition('.')[2]}"])


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/static/0123456789ab/{name}", id="another digest"),
        pytest.param("/static/{digest}/other.css", id="another file"),
    ],
)
def test_any_other_path_is_not_found(stranger, path):
    digest = assets.url(NAMES[0]).split("/")[2]

    assert 404 == stranger.get(path.format(name=NAMES[0], digest=digest)).status_code


def test_a_file_that_is_missing_is_an_error():
    with pytest.raises(FileNotFoundError):
        assets.url("missing.css")
