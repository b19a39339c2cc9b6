"""The desk on a host name of its own: there it works whole, and elsewhere it does not exist."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from commands import run
from desk_client import PASSWORD, Editor, add_token, add_user
from processes import NO_TLS, PATIENCE, Server, free_port
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin


async def test_the_desk_is_on_its_host_and_on_no_other(tmp_path: Path) -> None:
    port = free_port()
    public, desk_host = f"http://127.0.0.1:{port}", f"desk.localhost:{port}"
    with Server(tmp_path, port=port, BASE_URL=public, LIVEBLOG_DESK_HOST=desk_host) as server:
        editor = Editor(server.url, add_token(server.env, "admin"))
        slug = editor.story()
        editor.post(slug, "A fact.")
        editor.close()
        email = "at-her-desk@example.org"
        add_user(server.env, email, "admin")
        invited = run("user", "invite", "new@example.org", "--role", "editor", env=server.env)
        assert invited.stdout.startswith(f"http://{desk_host}/desk/invitation?token=")
        story = f"/stories/{slug}"
        with (
            httpx2.Client(
                base_url=server.url, verify=NO_TLS, trust_env=False, timeout=PATIENCE
            ) as reader,
            httpx2.Client(
                base_url=server.url,
                headers={"Host": desk_host},
                verify=NO_TLS,
                trust_env=False,
                timeout=PATIENCE,
            ) as desk,
        ):
            said = {"email": email, "password": PASSWORD}
            for path in ("/desk", "/desk/login", f"/desk{story}", "/desk/nothing"):
                assert reader.get(path).status_code == 404
            refused = reader.post("/desk/login", data=said, headers={"Origin": public})
            assert refused.status_code == 404
            for _ in range(2):  # the second from memory
                assert "A fact." in reader.get(story).text

            foreign = desk.post("/desk/login", data=said, headers={"Origin": public})
            assert foreign.status_code == 403
            own = {"Origin": f"http://{desk_host}"}
            signed_in = desk.post("/desk/login", data=said, headers=own)
            assert signed_in.status_code == 303
            desk.headers["Cookie"] = signed_in.headers["set-cookie"].partition(";")[0]
            assert desk.get("/desk").status_code == 200
            assert desk.get("/").headers["location"] == "/desk"
            odd = "/topics/100%25%3F%23%D0%BD"  # the path of a topic with signs that divide an address
            for path in (story, f"{story}?order=oldest", f"{story}/corrections", odd):
                answer = desk.get(path)
                assert (answer.status_code, answer.headers["location"]) == (307, public + path)
            read = desk.get(f"{story}/corrections", headers={"Sec-Fetch-Mode": "cors"})
            assert read.status_code == 200
            for path in (f"{story}/embed", "/embed.js", "/livez"):
                assert desk.get(path).status_code == 200
            assert desk.get("/api/stories").status_code == 200
            invited_here = desk.post(
                "/desk/users/invitations",
                data={"email": "x@example.org", "role": "editor"},
                headers=own,
            )
            assert f"http://{desk_host}/desk/invitation?token=" in invited_here.text
        cookie = {"Cookie": desk.headers["Cookie"]}
        for host, origin, opens in (
            (f"127.0.0.1:{port}", public, False),
            (desk_host, public, False),
            (desk_host, f"http://{desk_host}", True),
        ):
            socket = connect(
                f"ws://{host}/desk/live",
                host="127.0.0.1",
                port=port,
                additional_headers=cookie,
                origin=Origin(origin),
                proxy=None,
            )
            if opens:
                async with socket:
                    pass
            else:
                with pytest.raises(InvalidStatus) as refused_socket:
                    await socket.__aenter__()
                assert refused_socket.value.response.status_code in {403, 404}


def test_a_desk_host_needs_the_address_of_readers(tmp_path: Path) -> None:
    env = {"LIVEBLOG_DATA": str(tmp_path), "LIVEBLOG_DESK_HOST": "desk.example.org"}
    done = run("serve", env=env)
    assert done.returncode != 0
    assert "BASE_URL: nothing was given; needed for LIVEBLOG_DESK_HOST" in done.stderr
