"""Sign-on by OpenID Connect, against a real provider on this machine."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qs, urlsplit

import pytest
from commands import run
from desk_client import add_user
from desk_forms import Desk, Page
from httpx2 import Response
from joserfc.jwk import RSAKey
from processes import Server, environment
from provider import Provider
from sign_on import server, service, somebody

from liveblog.errors import SettingsError
from liveblog.settings import Settings
from liveblog.web.auth.sessions import ADDRESS_SECONDS, ADDRESS_TRIES

__all__ = ["server", "service", "somebody"]  # the fixtures


def sign_on(browser: Desk) -> Page:
    """Presses the button and goes where it leads."""
    href = browser.open("/desk/login").one('a[href="/desk/oidc"]').attributes["href"]
    return browser.open(str(href))


def test_who_has_an_account_is_signed_in_and_bound_to_the_subject(
    server: Server, service: Provider, somebody: Desk
) -> None:
    email = service.claims["email"]
    add_user(server.env, email, "editor")
    page = sign_on(somebody)
    assert page.status == 200
    assert page.one(".who bdi").text() == "A editor"
    somebody.http.cookies.clear()
    service.claims["email"] = "renamed@example.org"  # the same person at the provider
    assert sign_on(somebody).status == 200
    somebody.http.cookies.clear()
    service.claims |= {"email": email, "sub": "somebody who was given the address later"}
    refused = sign_on(somebody)
    assert refused.status == 403
    assert "another sign-on" in refused.alerts
    assert run("user", "disable", email, env=server.env).returncode == 0
    service.claims["sub"] = email.partition("@")[0]
    assert "disabled" in sign_on(somebody).alerts


def test_who_was_invited_gets_the_account_once(
    server: Server, service: Provider, somebody: Desk
) -> None:
    email = service.claims["email"]
    invited = run("user", "invite", email, "--role", "contributor", env=server.env)
    assert invited.returncode == 0, invited.stderr
    page = sign_on(somebody)
    assert page.one(".who bdi").text() == service.claims["name"]
    assert "contributor" in page.one(".who").text()
    link = invited.stdout.strip().removeprefix(server.url)
    assert somebody.open(link).status == 404
    assert "organisation" in somebody.open("/desk/account").one("main").text()


def test_who_is_not_known_here_is_refused_by_a_page(service: Provider, somebody: Desk) -> None:
    page = sign_on(somebody)
    assert page.status == 403
    assert service.claims["email"] in page.alerts
    assert somebody.http.get("/api/stories").status_code == 401


SPOILT: list[dict[str, object]] = [
    {"nonce": "another"},
    {"nonce": None},
    {"aud": "another-client"},
    {"iss": "https://evil.example"},
    {"exp": 1},
    {"email_verified": False},
    {"email_verified": None},
    {"email": None},
    {"sub": "a\0"},
    {"name": "a\0"},
]


def test_a_token_that_is_not_sound_signs_nobody_in(
    server: Server, service: Provider, somebody: Desk
) -> None:
    add_user(server.env, service.claims["email"], "editor")
    for spoilt in SPOILT:
        service.spoil = spoilt
        page = sign_on(somebody)
        assert page.status == 403, spoilt
        assert page.alerts
    service.spoil, service.key = {}, RSAKey.generate_key(2048, {"kid": "one"})
    assert sign_on(somebody).status == 403
    assert somebody.http.get("/api/stories").status_code == 401


def test_a_state_of_another_browser_is_refused(
    server: Server, service: Provider, somebody: Desk
) -> None:
    """Else an attacker could sign others in as themselves (RFC 6749, 10.12)."""
    add_user(server.env, service.claims["email"], "editor")
    attacker = Desk(server.url)
    begun = attacker.http.get("/desk/oidc", follow_redirects=False)
    query = {name: v[0] for name, v in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    attacker.close()
    target = service.authorize(query).removeprefix(server.url)
    assert somebody.open(target).status == 403
    assert somebody.open("/desk/oidc/callback?code=x&state=").status == 403
    assert somebody.open("/desk/oidc/callback?error=access_denied&state=x").status == 403
    assert somebody.http.get("/api/stories").status_code == 401


def test_who_fails_again_and_again_is_told_how_long_to_wait(somebody: Desk) -> None:
    """Each would have us ask the provider; another network, and who succeeds, is not held by that."""
    network = f"2001:db8:{secrets.randbelow(9000) + 1000}:1"

    def fail(host: str) -> Response:
        path = f"/desk/oidc/callback?code=x&state={secrets.token_hex(8)}"
        return somebody.http.get(path, headers={"X-Forwarded-For": host})

    answers = [fail(f"{network}::{n}").status_code for n in range(1, ADDRESS_TRIES + 1)]
    assert answers == [403] * ADDRESS_TRIES
    refused = fail(f"{network}::ffff")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= ADDRESS_SECONDS
    assert fail("2001:db8:9:9::1").status_code == 403


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "LIVEBLOG_OIDC_CLIENT_ID: nothing was given"),
        ({"LIVEBLOG_OIDC_CLIENT_ID": "x", "LIVEBLOG_OIDC_CLIENT_SECRET": "y"}, "BASE_URL: nothing"),
    ],
)
def test_half_a_set_up_stops_the_start(settings: dict[str, str], message: str) -> None:
    env = environment(LIVEBLOG_OIDC_ISSUER="https://id.example.org", **settings)
    done = run("serve", env=env)
    assert done.returncode == 1
    assert done.stderr.startswith(f"liveblog: {message}")
    assert done.stderr.count("\n") == 1


def test_without_its_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liveblog.settings.find_spec", lambda _: None)
    settings = Settings(
        oidc_issuer="https://id.example.org",
        oidc_client_id="x",
        oidc_client_secret="y",
        base_url="https://live.example.org",
    )
    with pytest.raises(SettingsError, match=r"install liveblog with its extra 'oidc'"):
        settings.prepare()


def test_without_a_provider_there_is_no_button(desk: Desk) -> None:
    assert not desk.open("/desk/login").tree.css_first('[href="/desk/oidc"]')
    assert desk.open("/desk/oidc").status == 404
