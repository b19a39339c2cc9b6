"""Finds the user of a request: by a bearer token (programs) or by the desk's session (people)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from itsdangerous import BadSignature, Signer
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from liveblog.bus.rate_limit import Bucket
from liveblog.errors import Busy, Forbidden, TooMany, Unauthorized, Unavailable
from liveblog.models.members import Session, User
from liveblog.newsroom import passwords
from liveblog.newsroom.password_checks import EACH, WAITING, Asker
from liveblog.newsroom.permissions import require_story
from liveblog.store import LONGEST_SESSION, Account
from liveblog.web.auth.user_agent import label
from liveblog.web.context import Parts, parts
from liveblog.web.http.client_network import network_of
from liveblog.web.http.cookies import DEVICE, SESSION, cookie_name, delete_cookie, set_cookie
from liveblog.web.http.origins import is_ours
from liveblog.web.http.parameters import require_known

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# One network can use a quarter of the rate at which an account's bucket refills, so it never empties the bucket.
ACCOUNT_TRIES, ACCOUNT_SECONDS = 100, 30.0
HERE_TRIES, HERE_SECONDS = 10, 120.0
DEVICE_TRIES, DEVICE_SECONDS = 10, 30.0
ADDRESS_TRIES, ADDRESS_SECONDS = 30, 5.0
DEVICE_AGE = timedelta(days=365)
BEGUN = "liveblog.session"  # the key, in a request's scope, of a session that it began and has no cookie for


async def authenticate(request: Request, email: str, password: str) -> Account | None:
    """The account with this address and password; None if one of them is wrong.

    An unknown address, a disabled account and an account without a password give the same answer after the same
    time. Raises `TooMany` after too many failures (see `failures_counted()`), and `Busy` if too many checks wait.
    """
    store = parts(request).newsroom.store
    asker = await _asker(request, email)
    passwords.require_room(asker)
    with suppress(_WrongPassword):
        async with failures_counted(request, email):
            # No address has a NUL, and PostgreSQL accepts none in a query.
            account = None if "\0" in email else await store.accounts.by_email(email)
            known = account.password_hash if account else None
            right = await passwords.matches(password, known, asker)
            if account is None or not right or account.disabled:
                raise _WrongPassword
            return account
    return None


class _WrongPassword(Exception):
    """The password is wrong."""


@asynccontextmanager
async def failures_counted(request: Request, email: str) -> AsyncIterator[None]:
    """Count an exception in the block as a failed try. Raises `TooMany` before the block. `Busy` is not counted.

    If the account was signed in on this device before, only the device's tries are counted (OWASP, device cookies).
    Otherwise they are counted for the account, for the account from this network, and for the network. So nobody
    can lock an owner out of a known device by guessing.
    """
    buckets, limiter = _buckets(request, email), parts(request).limiter
    if wait := await limiter.take(buckets):
        raise TooMany(wait)
    try:
        yield
    except Busy:
        await limiter.give_back(buckets)
        raise
    await limiter.give_back(buckets)


@asynccontextmanager
async def tries_counted(request: Request, what: str) -> AsyncIterator[None]:
    """Count an exception in the block as a failed try of the network at `what`. Raises `TooMany` before the block.

    A sign-on is limited because it may cause requests to the provider; the link of the first run because it is looked up
    in the database. `Unavailable` and `Busy` are not counted.
    """
    network, limiter = (
        network_of(request.client.host if request.client else ""),
        parts(request).limiter,
    )
    if network is None:
        yield
        return
    bucket = Bucket(f"{what}:{_hashed(request, network)}", ADDRESS_SECONDS, ADDRESS_TRIES)
    if wait := await limiter.take([bucket]):
        raise TooMany(wait)
    try:
        yield
    except (Busy, Unavailable):
        await limiter.give_back([bucket])
        raise
    await limiter.give_back([bucket])


async def begin_session(request: Request, user: User, *, by: str | None = None) -> str:
    """Sign a user in, with a new secret, and end the browser's previous session.

    Pass the secret to `set_session()` with the response. `by` is the hash of the password that was checked. Raises
    `Conflict` if the password was changed since.
    """
    newsroom = parts(request).newsroom
    before = await by_session(request)
    agent = label(request.headers.get("user-agent", ""))
    secret = await newsroom.store.sessions.begin(user, agent, newsroom.clock(), by=by)
    if before is not None:
        ended = await newsroom.store.sessions.end(before.user, before.id)
        await sessions_ended(parts(request), ended)
    request.scope[BEGUN] = await newsroom.store.sessions.find(secret, newsroom.clock())
    return secret


def set_session(request: Request, response: Response, secret: str) -> None:
    """Set the cookies of the session and of the device."""
    signed = _signer(request).sign(secret).decode()
    set_cookie(request, response, SESSION, signed, LONGEST_SESSION)
    begun: Session | None = request.scope.get(BEGUN)
    if begun is not None:
        device = _device_signer(request, begun.user.email).sign(secrets.token_hex(16)).decode()
        set_cookie(request, response, DEVICE, device, DEVICE_AGE)


async def end_session(request: Request, response: Response) -> None:
    """Sign out: end the session on the server, and delete its cookie."""
    session = await by_session(request)
    if session is not None:
        ended = await parts(request).newsroom.store.sessions.end(session.user, session.id)
        await sessions_ended(parts(request), ended)
    delete_cookie(request, response, SESSION)


async def by_session(connection: HTTPConnection) -> Session | None:
    """The current session of a request or socket, with its `user` and its public `id`; None if there is none."""
    begun: Session | None = connection.scope.get(BEGUN)
    if begun is not None:
        return begun
    secret = _secret(connection)
    if secret is None:
        return None
    newsroom = parts(connection).newsroom
    # An open socket does not extend the session.
    use = connection.scope["type"] == "http"
    return await newsroom.store.sessions.find(secret, newsroom.clock(), use=use)


def had_session(connection: HTTPConnection) -> bool:
    """Whether the cookie of a session is signed by this server, even if the session has ended. Reads no database."""
    return _secret(connection) is not None


def _secret(connection: HTTPConnection) -> str | None:
    """The secret in the session cookie; None if the signature is wrong."""
    try:
        return (
            _signer(connection)
            .unsign(connection.cookies[cookie_name(connection, SESSION)])
            .decode()
        )
    except (KeyError, BadSignature, ValueError):
        return None


async def sessions_ended(here: Parts, ids: Sequence[str]) -> None:
    """Tell all processes that sessions have ended, by their public ids (`presence.desks.SESSIONS`).

    The message may be lost, so sockets also check their session every few seconds.
    """
    await here.newsroom.sessions_ended(ids)


async def actor(request: Request) -> User:
    """The user who calls the API.

    Raises `Unauthorized`; `Forbidden` for a request from another site, or for a story that the user may not see;
    `Invalid` for unknown parameters.
    """
    user = await _caller(request)
    require_known(request)
    await require_story_of(request, user)
    return user


async def _caller(request: Request) -> User:
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthorized("the Authorization header must be: Bearer TOKEN")
        user = await parts(request).newsroom.store.accounts.by_token(token.strip())
        if user is None:
            raise Unauthorized("the token is not valid: unknown or revoked")
        return user
    session = await by_session(request)
    if session is None:
        raise Unauthorized("a token is missing; send the header Authorization: Bearer TOKEN")
    require_same_site(request)
    return session.user


async def require_story_of(request: Request, user: User) -> None:
    """Restrict assigned contributors to their stories, at every address under a story.

    Raises `Forbidden`, and `NotFound` for an unknown story.
    """
    slug = request.path_params.get("slug")
    if slug is not None and user.stories is not None:
        require_story(user, await parts(request).newsroom.store.stories.get(slug))


def require_same_site(request: Request) -> None:
    """Raise `Forbidden` for a request that another site made the browser send (OWASP: Fetch Metadata, then Origin).

    A request with neither header does not come from a browser, so no site can have caused it.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site in {"same-origin", "none"}:
            return
        raise Forbidden("this request came from another site")
    origin = request.headers.get("origin")
    if origin is not None and not is_ours(origin, request.url.netloc, _desks_address(request)):
        raise Forbidden("this request came from another site")


def require_same_origin(connection: HTTPConnection) -> None:
    """Raise `Forbidden` unless the socket's `Origin` has exactly our scheme, host and port.

    The same-origin policy does not protect sockets (OWASP, cross-site websocket hijacking). Browsers always send an
    `Origin`, and only browsers need the desk's socket.
    """
    here = connection.url
    scheme = {"ws": "http", "wss": "https"}.get(here.scheme, here.scheme)
    base = urlsplit(_desks_address(connection))
    ours = {f"{scheme}://{here.netloc}", f"{base.scheme}://{base.netloc}"} - {"://"}
    if connection.headers.get("origin") not in ours:
        raise Forbidden("the desk's socket is only for the desk's pages")


def _desks_address(connection: HTTPConnection) -> str:
    """The address of the desk as the settings tell it; empty if they do not."""
    settings = parts(connection).settings
    return settings.desk_url if settings.desk_host else settings.base_url


def _signer(connection: HTTPConnection) -> Signer:
    return Signer(parts(connection).settings.secret_key, salt=SESSION, digest_method=sha256)


def _device_signer(request: Request, email: str) -> Signer:
    """Signs random device names for one account.

    A signed name does not reveal the account, does not sign anybody in, and is not valid for another account.
    """
    salt = f"{DEVICE} {_hashed(request, email.strip().lower())}"
    return Signer(parts(request).settings.secret_key, salt=salt, digest_method=sha256)


def _device(request: Request, email: str) -> str | None:
    """The device's name, if the account was signed in on it before; otherwise None."""
    signed = request.cookies.get(cookie_name(request, DEVICE))
    try:
        return _device_signer(request, email).unsign(signed or "").decode()
    except (BadSignature, ValueError):
        return None


def _buckets(request: Request, email: str) -> list[Bucket]:
    """The buckets of a try at an account, which need not exist. Their names hide the address and the network."""
    device = _device(request, email)
    if device is not None:
        return [Bucket(f"device:{_hashed(request, device)}", DEVICE_SECONDS, DEVICE_TRIES)]
    network = network_of(request.client.host if request.client else "")
    account = email.strip().lower()
    here = _hashed(request, f"{network or ''} {account}")
    buckets = [
        Bucket(f"account:{_hashed(request, account)}", ACCOUNT_SECONDS, ACCOUNT_TRIES),
        Bucket(f"here:{here}", HERE_SECONDS, HERE_TRIES),
    ]
    if network is not None:
        name = f"network:{_hashed(request, network)}"
        buckets.append(Bucket(name, ADDRESS_SECONDS, ADDRESS_TRIES))
    return buckets


async def _asker(request: Request, email: str) -> Asker:
    """The party for which a password is checked: a known device, a signed-in user, or a network of strangers."""
    if device := _device(request, email):
        return Asker(f"device {device}", known=True)
    if session := await by_session(request):
        return Asker(f"user {session.user.id}", known=True)
    host = request.client.host if request.client else ""
    network = network_of(host, 24)
    # Behind a proxy that does not forward addresses, all strangers have the same address.
    each = EACH if network else WAITING
    return Asker(f"network {network or host}", known=False, each=each)


def _hashed(request: Request, value: str) -> str:
    """A keyed hash of a value, so that Redis does not learn the value."""
    key = parts(request).settings.secret_key.encode()
    return hmac.new(key, value.encode(errors="replace"), sha256).hexdigest()[:32]
