"""Sign-on by an OpenID Connect provider (the extra `oidc`): code flow with PKCE, state and nonce, by Authlib.

What the provider must be believed is small: a verified e-mail address, and a subject that stays. Who that
is, the newsroom decides.
"""

from __future__ import annotations

from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from liveblog.errors import Forbidden, NotFound, Refused, Unavailable
from liveblog.newsroom import accounts
from liveblog.settings import Settings
from liveblog.web.auth.sessions import begin_session, set_session, sign_ons_counted
from liveblog.web.context import base_url, parts
from liveblog.web.http.problems import retry_after

COOKIE = "liveblog_sign_on"
COOKIE_SECONDS = 600
PATH = "/desk/oidc"

log = structlog.get_logger()
_clients: dict[tuple[str, str, str], Any] = {}


async def begin(request: Request) -> Response:
    """Sends the browser to the provider; what it must come back with stays in a signed cookie."""
    client = _client(parts(request).settings)
    try:
        answer: Response = await client.authorize_redirect(
            request, f"{base_url(request)}{PATH}/callback"
        )
    except Exception as error:
        raise _failed(error) from error
    return answer


async def callback(request: Request) -> Response:
    """The browser comes back: the code is exchanged for an ID token, whose signature, issuer, audience,
    times and nonce Authlib checks."""
    settings = parts(request).settings
    client = _client(settings)
    try:
        async with sign_ons_counted(request):
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
    """The claims of a sign-on that is sound. Raises `Forbidden`, `Unavailable`."""
    from authlib.integrations.base_client import OAuthError
    from authlib.oauth2.rfc6749 import OAuth2Error
    from joserfc.errors import JoseError

    try:
        token = await client.authorize_access_token(request)
    except (OAuthError, OAuth2Error, JoseError, ValueError) as error:
        log.warning("a sign-on was refused", reason=type(error).__name__)
        raise Forbidden("The sign-on was not complete, or took too long. Try again.") from None
    except Exception as error:
        raise _failed(error) from error
    claims = dict(token.get("userinfo") or {})
    # Authlib holds it to what the provider says of itself; that must be whom we asked (Discovery, 4.3).
    if str(claims.get("iss", "")).rstrip("/") != issuer.rstrip("/"):
        raise Forbidden("The answer came from another sign-on service than the one set up here.")
    if not isinstance(claims.get("email"), str) or claims.get("email_verified") is not True:
        raise Forbidden("Your sign-on service gave no verified e-mail address.")
    # NUL and halves of letters (surrogates), which JSON can spell and no database takes.
    if not all(str(claims.get(name) or "").isprintable() for name in ("email", "sub", "name")):
        raise Forbidden("Your sign-on service told what is no text.")
    return claims


def _failed(error: Exception) -> Unavailable:
    log.warning("the sign-on service does not answer", reason=type(error).__name__)
    return Unavailable("the sign-on service does not answer")


def _client(settings: Settings) -> Any:
    """The provider's client, which reads what the provider publishes once. Raises `NotFound` where sign-on
    is not set up."""
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
