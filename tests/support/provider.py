"""A small OpenID Connect provider on this machine, which does what a test wants of it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "the-newsroom", "a secret of the provider's"


class Provider(ThreadingHTTPServer):
    """Whoever comes is signed on at once, as `claims` say; `spoil` changes claims of the ID token, and
    `key` may be put in the place of the one that it publishes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.published = RSAKey.generate_key(2048, {"kid": "one"})
        self.key = self.published
        self.claims: dict[str, Any] = {}
        self.spoil: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes next."""
        assert query["code_challenge_method"] == "S256"
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        code = f"code-{len(self.asked)}"
        self.asked[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        query = self.asked.pop(form.get("code", ""), None)
        known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if (
            query is None
            or authorization != f"Basic {known}"
            or query["code_challenge"] != challenge
        ):
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "exp": int(time.time()) + 300,
            "iat": int(time.time()),
            "nonce": query["nonce"],
        }
        signed = jwt.encode(
            {"alg": "RS256", "kid": "one"}, claims | self.claims | self.spoil, self.key
        )
        return 200, {"access_token": "unused", "token_type": "Bearer", "id_token": signed}


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        parts, here = urlsplit(self.path), self.server.url
        match parts.path:
            case "/.well-known/openid-configuration":
                self._json(
                    200,
                    {
                        "issuer": here,
                        "authorization_endpoint": f"{here}/authorize",
                        "token_endpoint": f"{here}/token",
                        "jwks_uri": f"{here}/jwks",
                        "id_token_signing_alg_values_supported": ["RS256"],
                    },
                )
            case "/jwks":
                self._json(200, {"keys": [self.server.published.as_dict(private=False)]})
            case "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", self.server.authorize(query))
                self.end_headers()
            case _:
                self._json(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._json(*self.server.token(form, self.headers.get("Authorization", "")))

    def _json(self, status: int, content: object) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
        """Says nothing."""


@contextmanager
def provider() -> Iterator[Provider]:
    with Provider() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join()
