"""The page with the snippets to paste."""

from schema.sites import sites


def test_every_snippet_is_there(desk, site):
    text = desk.page("/example.org/settings/install").text

    assert '<script defer data-domain="example.org" src="http://stats.test/js/script.js"></script>' in text
    assert '<script defer data-domain="example.org" data-api="/api/event" src="/js/script.js"></script>' in text
    assert "wp_enqueue_script( 'sillage', 'http://stats.test/js/script.js'" in text
    assert 'integrity="sha384-' in text
    assert f"http://stats.test/js/pa-{sites.script_id(desk.control, site)}.js" in text
    assert "http://stats.test/api/pixel.gif?d=example.org" in text
    assert "/js/script.local.js" in text
    assert "location = /api/event {" in text
    assert "handle @sillage { reverse_proxy http://stats.test {" in text
    assert '- url: "http://stats.test"' in text
