"""Secrets shared with other programs, and signatures made with them: HMAC-SHA256 (RFC 2104), with a timestamp.

Our own secrets are not stored. Each is derived from SECRET_KEY and a random salt in the database, so a copy of the
database is not enough to sign anything. Secrets made by other programs are stored encrypted (sealed).
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import sha256

HEADER = "Liveblog-Signature"
TOLERANCE = 300  # seconds between a signature and our clock; Slack and Stripe advise this value
_PARTS = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


def derived(secret_key: str, purpose: str, salt: str) -> str:
    """A secret of 64 hexadecimal digits, derived from `secret_key`. The same arguments give the same secret."""
    return _hex(secret_key, f"liveblog {purpose}\n{salt}".encode())


def sealed(secret_key: str, purpose: str, salt: str, text: str) -> str:
    """The text, encrypted with a key derived from `secret_key` (Fernet: AES-128-CBC and HMAC-SHA256)."""
    from cryptography.fernet import Fernet

    return Fernet(_fernet_key(secret_key, purpose, salt)).encrypt(text.encode()).decode()


def unsealed(secret_key: str, purpose: str, salt: str, text: str) -> str | None:
    """The decrypted text of `sealed()`; None if it was sealed with another key, or changed since."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(_fernet_key(secret_key, purpose, salt)).decrypt(text.encode()).decode()
    except InvalidToken:
        return None


def _fernet_key(secret_key: str, purpose: str, salt: str) -> bytes:
    return urlsafe_b64encode(bytes.fromhex(derived(secret_key, purpose, salt)))


def signature(secret: str, body: bytes, at: int) -> str:
    """The value of the signature header: `t=…,v1=…`.

    `t` is `at`, the time of sending in seconds since 1970. `v1` is the HMAC-SHA256 of `{t}.{body}` in hexadecimal
    digits.
    """
    return f"t={at},v1={_hex(secret, b'%d.' % at + body)}"


def signed(secret: str, header: str, body: bytes, now: float) -> bool:
    """Whether the header is a valid signature of this body, not older than `TOLERANCE`. `now` is in seconds."""
    return signed_in_parts(secret, header, [body], now)


def is_recent(header: str, now: float) -> bool:
    """Whether the header has the form and the time of a valid signature. The body is not checked."""
    found = _PARTS.fullmatch(header.strip())
    return found is not None and abs(now - int(found[1])) <= TOLERANCE


def signed_in_parts(secret: str, header: str, body: Iterable[bytes], now: float) -> bool:
    """Like `signed()`, for a body in parts, which need not be in memory at once."""
    found = _PARTS.fullmatch(header.strip())
    if found is None or not is_recent(header, now):
        return False
    made = hmac.new(secret.encode(), found[1].encode() + b".", sha256)
    for part in body:
        made.update(part)
    return hmac.compare_digest(made.hexdigest(), found[2])


def is_recent_slack(timestamp: str, header: str, now: float) -> bool:
    """Like `is_recent()`, for Slack's two headers."""
    if not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII) or abs(now - int(timestamp)) > TOLERANCE:
        return False
    return re.fullmatch(r"v0=[0-9a-f]{64}", header) is not None


def signed_by_slack(secret: str, timestamp: str, header: str, body: bytes, now: float) -> bool:
    """Whether Slack's headers are a valid signature of this body, version `v0`
    (https://docs.slack.dev/authentication/verifying-requests-from-slack)."""
    if not is_recent_slack(timestamp, header, now):
        return False
    expected = "v0=" + _hex(secret, f"v0:{timestamp}:".encode() + body)
    return same(expected, header)


def same(expected: str, given: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(expected.encode(), given.encode(errors="surrogateescape"))


def _hex(key: str, message: bytes) -> str:
    return hmac.new(key.encode(), message, sha256).hexdigest()
