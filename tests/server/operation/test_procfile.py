"""The Procfile, run by a real process manager."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import httpx2
import pytest
from paths import ROOT
from processes import NO_TLS, Process, environment, free_port, until

pytestmark = pytest.mark.anyio


async def test_honcho_starts_it_and_it_runs_on(tmp_path: Path) -> None:
    """A step that ends would end all: honcho stops every process when one of them has ended."""
    port = free_port()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = environment(LIVEBLOG_DATA=str(tmp_path / "data"), PORT=str(port), PATH=path)
    honcho = [sys.executable, "-m", "honcho", "-f", str(ROOT / "Procfile"), "start"]
    url = f"http://127.0.0.1:{port}/livez"
    with (
        Process(honcho, env, tmp_path / "log", cwd=tmp_path) as manager,
        httpx2.Client(verify=NO_TLS, trust_env=False) as client,
    ):

        def answers() -> bool:
            assert manager.child.poll() is None, manager.said()
            try:
                return client.get(url).status_code == 200
            except httpx2.TransportError:
                return False

        await until(answers)
        manager.child.send_signal(signal.SIGTERM)
        await until(lambda: manager.child.poll() is not None)
        assert "Traceback" not in manager.said()
        with pytest.raises(httpx2.TransportError):
            client.get(url)
