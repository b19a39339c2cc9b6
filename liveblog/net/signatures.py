"""Secrets shared with other programs, and what they sign: HMAC-SHA256 (RFC 2104), with the time.

Our own secrets are not stored: each is made anew from SECRET_KEY and the random salt that stands in
the database. Who reads the database alone can sign nothing. Secrets that others made are stored sealed.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256

HEADER = "Liveblog-Signature"
TOLERANCE = 300  # seconds that a signature may be old, or ahead: what Slack and Stripe advise
_PARTS = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def derived(secret_key: str, purpose: str, salt: str) -> str:
    """64 hexadecimal digits that only who holds `secret_key` can make."""
    return _hex(secret_key, f"liveblog {purpose}\n{salt}".encode())


def sealed(secret_key: str, purpose: str, salt: str, text: str) -> str:
    """The text as only who holds `secret_key` can read it (Fernet: AES-128-CBC and HMAC-SHA256)."""
    from cryptography.fernet import Fernet

    return Fernet(_fernet_key(secret_key, purpose, salt)).encrypt(text.encode()).decode()


def unsealed(secret_key: str, purpose: str, salt: str, text: str) -> str | None:
    """What was sealed; None where that was under another key, or somebody has changed it."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(_fernet_key(secret_key, purpose, salt)).decrypt(text.encode()).decode()
    except InvalidToken:
        return None


def _fernet_key(secret_key: str, purpose: str, salt: str) -> bytes:
    return urlsafe_b64encode(bytes.fromhex(derived(secret_key, purpose, salt)))


def signature(secret: str, body: bytes, at: int) -> str:
    """The header's value for a body sent at a time, in seconds since 1970: `t=…,v1=…`, of which `v1` is
    the HMAC-SHA256 of `{t}.{body}` in hexadecimal digits."""
    return f"t={at},v1={_hex(secret, b'%d.' % at + body)}"


def signed(secret: str, header: str, body: bytes, now: float) -> bool:
    """Whether the header signs this body, and lately."""
    return signed_in_parts(secret, header, [body], now)


def is_recent(header: str, now: float) -> bool:
    """Whether the header could be a signature that still holds: as much as can be known without the body."""
    found = _PARTS.fullmatch(header.strip())
    return found is not None and abs(now - int(found[1])) <= TOLERANCE


def signed_in_parts(secret: str, header: str, body: Iterable[bytes], now: float) -> bool:
    """As `signed`, of a body that need not be in memory."""
    found = _PARTS.fullmatch(header.strip())
    if found is None or not is_recent(header, now):
        return False
    made = hmac.new(secret.encode(), found[1].encode() + b".", sha256)
    for part in body:
        made.update(part)
    return hmac.compare_digest(made.hexdigest(), found[2])


def is_recent_slack(timestamp: str, header: str, now: float) -> bool:
    """As `is_recent`, of Slack's two headers."""
    if not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII) or abs(now - int(timestamp)) > TOLERANCE:
        return False
    return re.fullmatch(r"v0=[0-9a-f]{64}", header) is not None


def signed_by_slack(secret: str, timestamp: str, header: str, body: bytes, now: float) -> bool:
    """Slack's `v0` (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""
    if not is_recent_slack(timestamp, header, now):
        return False
    expected = "v0=" + _hex(secret, f"v0:{timestamp}:".encode() + body)
    return same(expected, header)


def same(expected: str, given: str) -> bool:
    """Compares secrets in a time that tells nothing of them."""
    return hmac.compare_digest(expected.encode(), given.encode(errors="surrogateescape"))


def _hex(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, sha256).hexdigest()
