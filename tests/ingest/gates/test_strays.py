from ingest.gates.strays import MAX_NAMES, PERIOD_S, RecentStrays


def test_script_loads_and_hits_are_counted_by_the_host_of_the_page():
    strays = RecentStrays()
    for host in ("example.org", "shop.example.org", "notexample.org", ""):
        strays.note_script(host)
        strays.note_hit("exmaple.org", host)
    seen = strays.of_host("example.org")

    assert 2 == seen.script_loads
    assert {("example.org", "exmaple.org"): 1, ("shop.example.org", "exmaple.org"): 1} == seen.hits


def test_they_are_forgotten_within_an_hour():
    strays = RecentStrays()
    strays.tick(0)
    strays.note_script("example.org")
    strays.tick(PERIOD_S)
    kept = strays.of_host("example.org").script_loads
    strays.tick(2 * PERIOD_S)

    assert (1, 0) == (kept, strays.of_host("example.org").script_loads)


def test_a_long_silence_forgets_everything():
    strays = RecentStrays()
    strays.tick(0)
    strays.note_script("example.org")
    strays.tick(10 * PERIOD_S)

    assert 0 == strays.of_host("example.org").script_loads


def test_made_up_names_take_limited_memory():
    strays = RecentStrays()
    strays.note_hit("first.example", "example.org")
    for number in range(MAX_NAMES):
        strays.note_hit(f"{number}{'x' * 1000}.example", "example.org")
    strays.note_hit("first.example", "example.org")
    hits = strays.of_host("example.org").hits

    assert (MAX_NAMES, 2) == (len(hits), hits["example.org", "first.example"])
    assert 255 == max(len(domain) for _, domain in hits)
