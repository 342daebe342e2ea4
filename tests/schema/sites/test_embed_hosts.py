import pytest

from schema.sites import embed_hosts
from schema.sites.embed_hosts import MAX_HOSTS, EmbedHostError


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        pytest.param("", (), id="none"),
        pytest.param(" www.a.example\nb.example,c.example ", ("www.a.example", "b.example", "c.example"), id="many"),
        pytest.param("https://Intranet.example/wiki?page=1", ("intranet.example",), id="a pasted address"),
        pytest.param("localhost:8080", ("localhost:8080",), id="a port"),
        pytest.param("*.example.org", ("*.example.org",), id="all subdomains"),
        pytest.param("*", ("*",), id="every host"),
        pytest.param("müller.example", ("xn--mller-kva.example",), id="an international name"),
        pytest.param("a.example a.example", ("a.example",), id="twice the same"),
    ],
)
def test_hosts_are_read_from_what_people_type(text, hosts):
    assert hosts == embed_hosts.checked(text)
    assert hosts == embed_hosts.read(embed_hosts.written(hosts))


@pytest.mark.parametrize("text", ["a.example;script-src", "'none'", "a..b", "*.*.example", "data:", "a.example:port"])
def test_nothing_else_gets_into_the_policy(text):
    with pytest.raises(EmbedHostError, match="is not a host"):
        embed_hosts.checked(text)


def test_there_are_at_most_so_many():
    hosts = [f"h{number}.example" for number in range(MAX_HOSTS + 1)]

    assert MAX_HOSTS == len(embed_hosts.checked(" ".join(hosts[:MAX_HOSTS])))
    with pytest.raises(EmbedHostError, match="at most"):
        embed_hosts.checked(" ".join(hosts))


def test_the_pages_of_the_site_itself_may_always_show_it():
    assert "example.org *.example.org b.example" == embed_hosts.sources("example.org", ("b.example",))
    assert "localhost:8080 *.localhost:8080" == embed_hosts.sources("localhost:8080", ())
