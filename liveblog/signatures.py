"""Secrets shared with other programs, and what they sign: HMAC-SHA256 (RFC 2104), with the time.

Our own secrets are not stored: each is made anew from SECRET_KEY and the random salt that stands in
the database. Who reads the database alone can sign nothing.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

HEADER = "Liveblog-Signature"
TOLERANCE = 300  # seconds that a signature may be old, or ahead: what Slack and Stripe advise
_PARTS = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def derived(secret_key: str, purpose: str, salt: str) -> str:
    """64 hexadecimal digits that only who holds `secret_key` can make."""
    return _hex(secret_key, f"liveblog {purpose}\n{salt}".encode())


def signature(secret: str, body: bytes, at: int) -> str:
    """The header's value for a body sent at a time, in seconds since 1970: `t=…,v1=…`, of which `v1` is
    the HMAC-SHA256 of `{t}.{body}` in hexadecimal digits."""
    return f"t={at},v1={_hex(secret, b'%d.' % at + body)}"


def signed(secret: str, header: str, body: bytes, now: float) -> bool:
    """Whether the header signs this body, and lately."""
    found = _PARTS.fullmatch(header.strip())
    if found is None or abs(now - int(found[1])) > TOLERANCE:
        return False
    return hmac.compare_digest(_hex(secret, found[1].encode() + b"." + body), found[2])


def signed_by_slack(secret: str, timestamp: str, header: str, body: bytes, now: float) -> bool:
    """Slack's `v0` (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""
    if not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII) or abs(now - int(timestamp)) > TOLERANCE:
        return False
    expected = "v0=" + _hex(secret, f"v0:{timestamp}:".encode() + body)
    return same(expected, header)


def same(expected: str, given: str) -> bool:
    """Compares secrets in a time that tells nothing of them."""
    return hmac.compare_digest(expected.encode(), given.encode(errors="surrogateescape"))


def _hex(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, sha256).hexdigest()
