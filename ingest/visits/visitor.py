"""Turn a visitor into a number that means nothing tomorrow.

The salt is random, lives in memory-backed storage for one local day and thirty minutes, and is then destroyed (see
salts.py). Without it, nobody can link the number to a person again.
This is the last module that sees an address.
"""

from hashlib import blake2b

SALT_BYTES = 16


def keyed(salt: bytes) -> blake2b:
    """Return a keyed hash, created once per salt: copying it is faster than keying another one.

    salt: SALT_BYTES random bytes. Raises ValueError on any other length.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"salt must be {SALT_BYTES} bytes, not {len(salt)}")
    return blake2b(key=salt, digest_size=8)


def keyed_for_day(salt: bytes, day: int) -> blake2b:
    """Return a keyed hash for one of several days that share a salt. day: days since 1970-01-01."""
    return keyed(blake2b(b"%d" % day, key=salt, digest_size=SALT_BYTES).digest())


def visitor_id(key: blake2b, *, site_id: int, address: bytes, user_agent: str, domain: str) -> int:
    """Return a 64-bit number, the same for one visitor of one site under one salt.

    key: from `keyed`. domain: registrable domain of the page, so that subdomains share a visitor and unrelated
    hosts of one site do not.
    """
    agent, host = user_agent.encode("utf-8", "surrogatepass"), domain.encode("utf-8", "surrogatepass")
    digest = key.copy()
    # Lengths keep ("ab", "c") and ("a", "bc") apart. The last field does not need one.
    digest.update(b"%d:%d:%s%d:%s%s" % (site_id, len(address), address, len(agent), agent, host))
    return int.from_bytes(digest.digest())
