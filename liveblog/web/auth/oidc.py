"""Single sign-on with OpenID Connect (the extra `oidc`): code flow with PKCE, state and nonce, through Authlib.

The provider is trusted for two claims: a verified e-mail address, and a stable subject. The newsroom decides which
account they belong to.
"""

from __future__ import annotations

from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.errors import Forbidden, NotFound, Refused, Unavailable
from liveblog.newsroom import accounts
from liveblog.settings import Settings
from liveblog.web.auth.sessions import begin_session, set_session, tries_counted
from liveblog.web.context import desk_url, parts
from liveblog.web.http.problems import retry_after

COOKIE = "liveblog_sign_on"
COOKIE_SECONDS = 600
PATH = "/desk/oidc"

log = structlog.get_logger()
_clients: dict[tuple[str, str, str], Any] = {}


async def begin(request: Request) -> Response:
    """Redirect the browser to the provider. A signed cookie keeps the state until it comes back. Raises
    `Unavailable`.
    """
    client = _client(parts(request).settings)
    try:
        answer: Response = await client.authorize_redirect(
            request, f"{desk_url(request)}{PATH}/callback"
        )
    except Exception as error:
        raise _failed(error) from error
    return answer


async def callback(request: Request) -> Response:
    """Exchange the code for an ID token, and sign the user in.

    Authlib checks the token's signature, issuer, audience, times and nonce.
    """
    settings = parts(request).settings
    client = _client(settings)
    try:
        async with tries_counted(request, "sign-on"):
            claims = await _claims(client, request, settings.oidc_issuer)
            subject = f"{claims['iss']} {claims['sub']}"[:600]
            name = str(claims.get("name") or claims["email"])[:200]
            user = await accounts.sign_on(parts(request).newsroom, claims["email"], name, subject)
    except Refused as error:
        page = parts(request).newsroom.templates.page("desk/refused.html", error=error.detail)
        return HTMLResponse(page, error.status, retry_after(error))
    response = RedirectResponse("/desk", 303)
    set_session(request, response, await begin_session(request, user))
    return response


async def _claims(client: Any, request: Request, issuer: str) -> dict[str, Any]:
    """The checked claims of a sign-on. Raises `Forbidden`, `Unavailable`."""
    from authlib.integrations.base_client import OAuthError
    from authlib.oauth2.rfc6749 import OAuth2Error
    from joserfc.errors import JoseError

    try:
        token = await client.authorize_access_token(request)
    except (OAuthError, OAuth2Error, JoseError, ValueError) as error:
        log.warning("sign-on refused", reason=type(error).__name__)
        raise Forbidden("The sign-on was not complete, or took too long. Try again.") from None
    except Exception as error:
        raise _failed(error) from error
    claims = dict(token.get("userinfo") or {})
    # Authlib compares the issuer with the provider's metadata. It must also be the one in the settings
    # (OpenID Connect Discovery, 4.3).
    if str(claims.get("iss", "")).rstrip("/") != issuer.rstrip("/"):
        raise Forbidden("The answer came from another sign-on service than the one set up here.")
    if not isinstance(claims.get("email"), str) or claims.get("email_verified") is not True:
        raise Forbidden("Your sign-on service gave no verified e-mail address.")
    # JSON can hold NUL and lone surrogates, which no database accepts.
    if not all(str(claims.get(name) or "").isprintable() for name in ("email", "sub", "name")):
        raise Forbidden(
            "Your sign-on service sent a name or an address with unreadable characters."
        )
    return claims


def _failed(error: Exception) -> Unavailable:
    log.warning("sign-on service does not answer", reason=type(error).__name__)
    return Unavailable("the sign-on service does not answer")


def _client(settings: Settings) -> Any:
    """The provider's client. It reads the provider's metadata once. Raises `NotFound` if sign-on is not set up."""
    if not settings.signs_on:
        raise NotFound("there is nothing at this address")
    known = (settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
    if known not in _clients:
        from authlib.integrations.starlette_client import OAuth

        _clients[known] = OAuth().register(
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid email profile",
                "code_challenge_method": "S256",
                "timeout": 10,
            },
        )
    return _clients[known]
