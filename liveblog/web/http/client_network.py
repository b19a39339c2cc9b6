"""The network that a request comes from: strangers are counted by it."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(host: str, bits: int = 32) -> str | None:
    """The first `bits` of an IPv4 address, or the first 64 of an IPv6 address, which one household has.

    None for loopback: behind a proxy that does not forward addresses, every client has it.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host or None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return None
    if address.version == 4 and bits == 32:
        return str(address)
    return str(ip_network(f"{address}/{64 if address.version == 6 else bits}", strict=False))
