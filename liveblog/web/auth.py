"""Who is asking: by a bearer token (programs) or by the desk's session (people)."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash
from starlette.requests import Request

from liveblog.errors import Forbidden, Unauthorized
from liveblog.models import User
from liveblog.store import Account
from liveblog.web.state import parts

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_passwords = PasswordHash.recommended()
# Each check takes 64 MiB and a core: more at once would take them from the readers.
_two = CapacityLimiter(2)
# Checked where there is no such account, so that both take as long. Nobody has this password; it is
# written out because making one takes half a second of every start.
_nobodys_hash = (
    "$argon2id$v=19$m=65536,t=3,p=4$Y6H+dwhZQ4Ayg6KXIStV8Q"
    "$jOUZSpkuYnrwrHDHz4AOrzVbQ9hPDjE3efk7n2pE2ZQ"
)


def hash_password(password: str) -> str:
    return _passwords.hash(password)


async def sign_in(request: Request, email: str, password: str) -> User | None:
    """Begins a session; None where address or password is wrong, without saying which."""
    # NUL stands in no address, and PostgreSQL cannot even be asked.
    account = None if "\0" in email else await parts(request).room.store.accounts.by_email(email)
    if account is not None and not account.password_hash.startswith("$"):
        account = None  # an account without a password: the command line's
    known = account.password_hash if account else _nobodys_hash
    right = await to_thread.run_sync(_passwords.verify, password, known, limiter=_two)
    if account is None or not right:
        return None
    request.session.clear()
    request.session.update(user=account.user.id, password=_fingerprint(account))
    return account.user


def sign_out(request: Request) -> None:
    request.session.clear()


async def by_session(request: Request) -> User | None:
    """The user of the session, and only while the password is the one it began with."""
    user_id = request.session.get("user")
    if not isinstance(user_id, int):
        return None
    account = await parts(request).room.store.accounts.by_id(user_id)
    if account is None or request.session.get("password") != _fingerprint(account):
        return None
    return account.user


async def actor(request: Request) -> User:
    """Who calls the API. Raises `Unauthorized`, or `Forbidden` for a request from another site."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized("the Authorization header must be: Bearer TOKEN")
        user = await parts(request).room.store.accounts.by_token(token.strip())
        if user is None:
            raise Unauthorized("the token is not valid: unknown or revoked")
        return user
    signed_in = await by_session(request)
    if signed_in is None:
        raise Unauthorized("a token is missing; send the header Authorization: Bearer TOKEN")
    require_same_site(request)
    return signed_in


def require_same_site(request: Request) -> None:
    """Refuses what another site made a browser send (OWASP: Fetch Metadata, then Origin).

    A request with neither header does not come from a browser that could be tricked.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site in {"same-origin", "none"}:
            return
        raise Forbidden("this request came from another site")
    origin = request.headers.get("origin")
    if origin is None:
        return
    ours = {request.url.netloc, urlsplit(parts(request).settings.base_url).netloc}
    if urlsplit(origin).netloc not in ours - {""}:
        raise Forbidden("this request came from another site")


def _fingerprint(account: Account) -> str:
    return hashlib.sha256(account.password_hash.encode()).hexdigest()[:16]
