"""Debian's nginx with `deploy/nginx.conf`, in front of a server, for tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
from outside import trusting
from paths import ROOT
from processes import KEPT, PATIENCE, Process, free_port, until

CLIENT = "X-Test-Client"  # names the address that a request is to come from
FRAME = """
daemon off;
{user}
worker_processes 2;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 2048; }}
http {{
    include /etc/nginx/mime.types;
    set_real_ip_from 127.0.0.1;
    real_ip_header {header};
    log_format told escape=json '{{"path":"$request_uri","status":$status,"second":"$liveblog_second",'
        '"upstream":"$upstream_status","cache":"$upstream_cache_status"}}';
    access_log requests.log told;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}}
"""


class Told(NamedTuple):
    """A request as nginx logged it. `asked` says whether the server behind was asked for it."""

    path: str
    status: int
    second: str
    asked: bool
    cache: str


class Nginx(Process):
    """Ready when `ready()` returns. `url` is https with a certificate of its own."""

    def __init__(self, folder: Path, behind: int, port: int | None = None) -> None:
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "nginx is needed: make test installs it"
        self.port, self.plain_port = port or free_port(), free_port()
        self.folder = folder
        self.url, self.ws = (f"{kind}://127.0.0.1:{self.port}" for kind in ("https", "wss"))
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self._certificate()
        self.trust = trusting(self.certificate)
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "site.conf").write_text(self._site(behind))
        (folder / "nginx.conf").write_text(FRAME.format(user=user, header=CLIENT))
        command = [program, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
        super().__init__(command, os.environ, folder / "nginx.log")

    def _certificate(self) -> Path:
        path = self.folder / "fullchain.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", self.folder / "privkey.pem", "-out", path, "-days", "2",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True, capture_output=True,
        )  # fmt: skip
        return path

    def _site(self, behind: int) -> str:
        """The file as it is delivered, with the names, ports and folders of this machine."""
        text = (ROOT / "deploy" / "nginx.conf").read_text()
        for given, here in (
            ("    listen [::]:443 ssl http2;\n", ""),
            ("    listen [::]:80;\n", ""),
            ("listen 443 ", f"listen 127.0.0.1:{self.port} "),
            ("listen 80;", f"listen 127.0.0.1:{self.plain_port};"),
            ("/etc/letsencrypt/live/live.example.org", str(self.folder)),
            ("/var/lib/nginx", str(self.folder)),
            ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
            ("live.example.org", "127.0.0.1"),
        ):
            assert given in text, f"deploy/nginx.conf has no {given!r} any more"
            text = text.replace(given, here)
        return text

    async def ready(self) -> None:
        with self.client() as client:

            def answers() -> bool:
                assert self.child.poll() is None, self.said()
                try:
                    return client.get("/livez").status_code > 0
                except httpx2.TransportError:
                    return False

            await until(answers)

    def close(self) -> None:
        """By SIGTERM: workers outlive a master that is killed."""
        if self.child.poll() is None:
            self.stop()
        super().close()

    def client(self, **headers: str) -> httpx2.Client:
        return httpx2.Client(
            base_url=self.url,
            headers=headers,
            timeout=PATIENCE,
            limits=KEPT,
            trust_env=False,
            verify=self.trust,
        )

    def requests(self, path: str) -> list[Told]:
        """What was logged of an address, with its query, so far. nginx logs after the answer."""
        found: list[dict[str, Any]] = [
            json.loads(line) for line in (self.folder / "requests.log").read_text().splitlines()
        ]
        return [
            Told(one["path"], one["status"], one["second"], bool(one["upstream"]), one["cache"])
            for one in found
            if one["path"] == path
        ]


@contextmanager
def nginx(folder: Path, behind: int, port: int | None = None) -> Iterator[Nginx]:
    """A running nginx; at the end, it has warned of nothing."""
    with Nginx(folder, behind, port) as running:
        yield running
        said = [line for line in running.said().splitlines() if "[warn]" in line]
        assert said == []
