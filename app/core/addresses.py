"""Network addresses as limits see them: of IPv6 the /64, which is one customer."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, ip_address


@lru_cache(maxsize=4096)
def network_of(text: str) -> str:
    """Return the name of the network that an address belongs to, however the address is written."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return text
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or found.exploded[:19])
