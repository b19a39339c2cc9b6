"""Who is asking: by a bearer token (programs) or by the desk's session (people)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
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
from liveblog.web.http.cookies import DEVICE, SESSION, cookie_name, delete_cookie, set_cookie
from liveblog.web.http.parameters import require_known

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# One network alone takes a quarter of what an account's bucket gets back, and so never empties it.
ACCOUNT_TRIES, ACCOUNT_SECONDS = 100, 30.0
HERE_TRIES, HERE_SECONDS = 10, 120.0
DEVICE_TRIES, DEVICE_SECONDS = 10, 30.0
ADDRESS_TRIES, ADDRESS_SECONDS = 30, 5.0
DEVICE_AGE = timedelta(days=365)
BEGUN = "liveblog.session"  # in the scope of the request that begins one, which has no cookie yet


async def authenticate(request: Request, email: str, password: str) -> Account | None:
    """The account of an address and a password; None where one of them is wrong, without saying which:
    an unknown address, a disabled account and one without a password answer alike, and as late.

    Raises `TooMany` after too many failures, as `failures_counted()` counts them, and where too many wait.
    """
    store = parts(request).newsroom.store
    asker = await _asker(request, email)
    passwords.require_room(asker)
    with suppress(_Wrong):
        async with failures_counted(request, email):
            # NUL stands in no address, and PostgreSQL cannot even be asked.
            account = None if "\0" in email else await store.accounts.by_email(email)
            known = account.password_hash if account else None
            right = await passwords.matches(password, known, asker)
            if account is None or not right or account.disabled:
                raise _Wrong
            return account
    return None


class _Wrong(Exception):
    """A password that is not right."""


@asynccontextmanager
async def failures_counted(request: Request, email: str) -> AsyncIterator[None]:
    """What raises within is a failed try: of the device alone, where this account was signed in to on it
    before (OWASP, device cookies), or else for the account, for it from this network, and of the network.
    So nobody's guessing stops an owner at a device of theirs. What raises `Busy` was no try. Raises `TooMany`."""
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
async def sign_ons_counted(request: Request) -> AsyncIterator[None]:
    """What is refused within is a failed sign-on of a network: each may make us ask the provider. Raises `TooMany`."""
    network, limiter = (
        _network(request.client.host if request.client else ""),
        parts(request).limiter,
    )
    if network is None:
        yield
        return
    bucket = Bucket(f"sign-on:{_hidden(request, network)}", ADDRESS_SECONDS, ADDRESS_TRIES)
    if wait := await limiter.take([bucket]):
        raise TooMany(wait)
    try:
        yield
    except Unavailable:
        await limiter.give_back([bucket])
        raise
    await limiter.give_back([bucket])


async def begin_session(request: Request, user: User, *, by: str | None = None) -> str:
    """Signs a user in with a secret that is new, whatever the browser came with; what it came with ends.

    Give the secret to `set_session()` with the answer. Raises `Conflict` where the password whose hash is
    `by` was changed since it was checked.
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
    signed = _signer(request).sign(secret).decode()
    set_cookie(request, response, SESSION, signed, LONGEST_SESSION)
    begun: Session | None = request.scope.get(BEGUN)
    if begun is not None:
        device = _device_signer(request, begun.user.email).sign(secrets.token_hex(16)).decode()
        set_cookie(request, response, DEVICE, device, DEVICE_AGE)


async def end_session(request: Request, response: Response) -> None:
    """Signs out: the session ends on the server, and its cookie goes."""
    session = await by_session(request)
    if session is not None:
        ended = await parts(request).newsroom.store.sessions.end(session.user, session.id)
        await sessions_ended(parts(request), ended)
    delete_cookie(request, response, SESSION)


async def by_session(connection: HTTPConnection) -> Session | None:
    """The session of a request or of a socket as it is now: its `user`, and its public `id`."""
    begun: Session | None = connection.scope.get(BEGUN)
    if begun is not None:
        return begun
    secret = _secret(connection)
    if secret is None:
        return None
    newsroom = parts(connection).newsroom
    # A socket that is only open does not keep a session alive.
    use = connection.scope["type"] == "http"
    return await newsroom.store.sessions.find(secret, newsroom.clock(), use=use)


def had_session(connection: HTTPConnection) -> bool:
    """Whether somebody was signed in here once, whatever became of the session: of that the signature tells, and
    nothing is looked up."""
    return _secret(connection) is not None


def _secret(connection: HTTPConnection) -> str | None:
    """That of the session, as far as its signature is ours."""
    try:
        return (
            _signer(connection)
            .unsign(connection.cookies[cookie_name(connection, SESSION)])
            .decode()
        )
    except (KeyError, BadSignature, ValueError):
        return None


async def sessions_ended(here: Parts, ids: Sequence[str]) -> None:
    """Tells all processes that sessions have ended, by their public ids: on the channel
    `live.desks.SESSIONS`, as a JSON list. May not arrive: sockets also ask again by themselves."""
    await here.newsroom.sessions_ended(ids)


async def actor(request: Request) -> User:
    """Who calls the API. Raises `Unauthorized`, `Forbidden` for a request from another site, and `Invalid` for
    parameters that the call does not know."""
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
    """Holds who is held to stories to them, at every address under a story. Raises `Forbidden`, and
    `NotFound` where there is no such story."""
    slug = request.path_params.get("slug")
    if slug is not None and user.stories is not None:
        require_story(user, await parts(request).newsroom.store.stories.get(slug))


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
    if origin is not None and not _is_ours(request, origin):
        raise Forbidden("this request came from another site")


def require_same_origin(connection: HTTPConnection) -> None:
    """For sockets of the desk, to which the same-origin policy does not apply: a page of ours asks, of this
    scheme, host and port exactly (OWASP, cross-site websocket hijacking). Browsers always send an
    `Origin`, and without one nobody needs the desk's socket. Raises `Forbidden`."""
    here = connection.url
    scheme = {"ws": "http", "wss": "https"}.get(here.scheme, here.scheme)
    base = urlsplit(parts(connection).settings.base_url)
    ours = {f"{scheme}://{here.netloc}", f"{base.scheme}://{base.netloc}"} - {"://"}
    if connection.headers.get("origin") not in ours:
        raise Forbidden("the desk's socket is only for the desk's pages")


def _is_ours(connection: HTTPConnection, origin: str) -> bool:
    try:
        given = urlsplit(origin)
    except ValueError:
        return False
    ours = {connection.url.netloc, urlsplit(parts(connection).settings.base_url).netloc}
    return given.scheme in {"http", "https"} and given.netloc in ours - {""}


def _signer(connection: HTTPConnection) -> Signer:
    return Signer(parts(connection).settings.secret_key, salt=SESSION, digest_method=sha256)


def _device_signer(request: Request, email: str) -> Signer:
    """Of random names of devices, for one account: what it signs says nothing of whose it is, opens
    nothing, and is worth nothing for another account."""
    salt = f"{DEVICE} {_hidden(request, email.strip().lower())}"
    return Signer(parts(request).settings.secret_key, salt=salt, digest_method=sha256)


def _device(request: Request, email: str) -> str | None:
    """The name of the device, if this account was signed in to on it before."""
    signed = request.cookies.get(cookie_name(request, DEVICE))
    try:
        return _device_signer(request, email).unsign(signed or "").decode()
    except (BadSignature, ValueError):
        return None


def _buckets(request: Request, email: str) -> list[Bucket]:
    """Of an account, known or not; Redis learns no address of it, nor of a network."""
    device = _device(request, email)
    if device is not None:
        return [Bucket(f"device:{_hidden(request, device)}", DEVICE_SECONDS, DEVICE_TRIES)]
    network = _network(request.client.host if request.client else "")
    account = email.strip().lower()
    here = _hidden(request, f"{network or ''} {account}")
    buckets = [
        Bucket(f"account:{_hidden(request, account)}", ACCOUNT_SECONDS, ACCOUNT_TRIES),
        Bucket(f"here:{here}", HERE_SECONDS, HERE_TRIES),
    ]
    if network is not None:
        name = f"network:{_hidden(request, network)}"
        buckets.append(Bucket(name, ADDRESS_SECONDS, ADDRESS_TRIES))
    return buckets


async def _asker(request: Request, email: str) -> Asker:
    """For whom a password is checked: a device where the account was signed in to before, who is signed in
    here, or else a stranger, who is one with all of their network."""
    if device := _device(request, email):
        return Asker(f"device {device}", known=True)
    if session := await by_session(request):
        return Asker(f"user {session.user.id}", known=True)
    host = request.client.host if request.client else ""
    network = _network(host, 24)
    # Behind a proxy that does not forward addresses, all strangers are one.
    each = EACH if network else WAITING
    return Asker(f"network {network or host}", known=False, each=each)


def _hidden(request: Request, value: str) -> str:
    key = parts(request).settings.secret_key.encode()
    return hmac.new(key, value.encode(errors="replace"), sha256).hexdigest()[:32]


def _network(host: str, bits: int = 32) -> str | None:
    """So many bits of an address of version 4, or the 64 bits of version 6 that one household has. None for
    loopback: behind a proxy that does not forward addresses it is everybody's."""
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
