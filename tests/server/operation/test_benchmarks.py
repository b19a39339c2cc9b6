"""The benchmarks at sizes that prove that they work; and that they see what goes wrong."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import fanout, report, results, wide
from benchmarks.claims import claims, outcomes
from benchmarks.fit import line
from benchmarks.load import Commanded, Readers, compiled, marked
from benchmarks.machine import Kernel
from benchmarks.plan import SMALLEST, Plan
from benchmarks.processes import CannotRun
from benchmarks.servers import floor
from liveblog.live.deflate import deflated

ROOT = Path(__file__).parents[3]
HELLO = '{"type":"hello","epoch":"e","head":0}'
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


def test_the_widest_part_runs_and_every_reader_has_every_change_once(tmp_path: Path) -> None:
    into = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--smallest", "--only", "wide", "--into", into]
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    part = json.loads(into.read_text())["wide"]
    found = {name.removeprefix("wide."): value for name, value in part["medians"].items()}
    assert part["left_out"] == {}
    assert (found["readers"], found["workers"], found["faults"]) == (40, 2, 0)
    assert found["fullest"] + found["emptiest"] == 40
    assert found["came_back"] == found["killed_readers"] == found["fullest"]
    # 5 changes, 3 entries while a worker is away, 3 while a part of the crowd is, and the last one
    assert found["frames"] == 40 * 12
    assert "40 readers in 2 workers" in done.stdout


def frame(text: str) -> bytes:
    data = text.encode()
    return bytes([0x81, 126]) + len(data).to_bytes(2, "big") + data


def event(seq: int, body: str = "same") -> bytes:
    return frame(json.dumps({"type": "event", "seq": seq, "body": body}, separators=(",", ":")))


@contextmanager
def serving(scripts: Sequence[Sequence[bytes]]) -> Iterator[int]:
    """The port of a server that sends to each connection its own frames."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        taken = []

        def serve() -> None:
            with suppress(OSError):
                for script in scripts:
                    connection, _ = listening.accept()
                    taken.append(connection)
                    connection.recv(4096)
                    connection.sendall(SWITCHED + b"".join(script))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            thread.join(30)
            for connection in taken:
                connection.close()


def test_readers_see_what_is_missing_twice_and_different(tmp_path: Path) -> None:
    hello = frame(HELLO)
    scripts = [
        [hello, event(1), event(2), event(3)],
        [hello, event(1), event(3)],
        [hello, event(1), event(1), event(2), event(3)],
        [hello, event(1), event(2, "another"), event(3)],
    ]
    with (
        serving(scripts) as port,
        closing(Readers([compiled("readers", tmp_path), str(port)])) as crowd,
    ):
        assert crowd.ask("hold 4 1 30 /live")["up"] == 4
        found = crowd.ask("level 3 30")
        counts = {seq: count for seq, count, _ in crowd.ask("events")["events"]}
    assert (found["level"], found["disorder"], found["differs"]) == (4, 2, 1)
    assert counts == {1: 5, 2: 3, 3: 4}
    assert wide.differing(counts, range(1, 4), 4) == 2
    assert wide.differing({1: 4, 9: 1}, range(1, 3), 4) == 5


def test_readers_who_take_compressed_frames_count_the_bytes_on_the_wire(tmp_path: Path) -> None:
    text = json.dumps({"type": "event", "seq": 1, "body": marked(1)})
    packed = deflated(text.encode(), frame(text))
    options = ("-DPACKED", "-lz")
    with (
        serving([[packed], [packed]]) as port,
        closing(Readers([compiled("readers", tmp_path, *options), str(port)])) as crowd,
    ):
        crowd.open(2, "/live")
        found = crowd.until(2, 30)
    assert found["frames"] == 2
    assert (found["bytes"], found["wire"]) == (2 * len(text), 2 * len(packed))
    assert len(packed) < len(text)


def test_those_who_poll_ask_for_what_is_newer_and_notice_a_wrong_answer(tmp_path: Path) -> None:
    asked: list[str] = []
    answers = [(200, {"head": 5}), (200, {"head": 7}), (503, {}), (200, {"head": 7})]

    class Events(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = answers[min(len(asked), 3)]
            asked.append(self.path)
            text = json.dumps(body, separators=(",", ":")).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)
            if len(asked) == 4:
                answered.set()

        def log_message(self, *_: object) -> None:
            pass

    answered = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Events) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        command = [
            compiled("pollers", tmp_path),
            str(server.server_port),
            "1",
            "0.05",
            "/events",
            "3",
        ]
        polling = Commanded(command)
        try:
            assert answered.wait(30)
            found = polling.ask("")
        finally:
            polling.close()
            server.shutdown()
            thread.join(30)
    assert asked[:4] == ["/events?after=3", "/events?after=5", "/events?after=7", "/events?after=7"]
    assert (found["wrong"], found["opened"]) == (1, 1)
    assert found["polls"] >= 3


def test_a_peer_is_measured_with_several_numbers_of_readers(tmp_path: Path) -> None:
    with floor(tmp_path / "floor") as server:
        found = fanout._one(server, SMALLEST, [40, 20], 1_350)
    assert found["floor.readers"] == 40
    assert found["floor.frame_bytes"] == found["floor.at_20.frame_bytes"] == 1_350
    post = [found[f"floor.at_{size}.frame_cpu"] * size for size in (20, 40)]
    assert found["floor.frame_each"] * 20 == pytest.approx(post[1] - post[0])


def test_a_line_tells_what_is_fixed_and_what_each_adds() -> None:
    assert line([(100, 5.0), (200, 7.0), (300, 9.0)]) == pytest.approx((3.0, 0.02))
    with pytest.raises(ValueError, match="two numbers"):
        line([(100, 5.0), (100, 6.0)])


def step(readers: int, **changed: float) -> dict[str, float]:
    found = dict.fromkeys(("last_p50", "last_p99", "restart_level", "cut_level"), 1.0)
    found |= {
        "readers": readers,
        "frame_cpu": 1e-5,
        "reader_kib": 5,
        "available_kib": 10,
        "faults": 0,
    }
    return found | changed


def climb(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, one: Callable[..., dict[str, float]]
) -> tuple[dict[str, float], dict[str, str]]:
    monkeypatch.setattr(wide, "_step", one)
    monkeypatch.setattr(wide, "kernel_memory", lambda: Kernel(0, 0, 20 * 2**20))
    monkeypatch.setattr("resource.getrlimit", lambda _: (20_000, 20_000))
    left_out: dict[str, str] = {}
    return dict(wide.measure(Plan(), tmp_path, left_out, lambda _: None)), left_out


def test_the_climb_stops_at_the_step_that_the_machine_cannot_hold(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def one(_: Plan, readers: int, *__: object) -> dict[str, float]:
        if readers > 10_000:
            raise CannotRun("only 20,000 of 50,000 readers were let in within 171 s")
        return step(readers)

    found, left_out = climb(monkeypatch, tmp_path, one)
    assert left_out == {
        "wide: 50,000 readers": "only 20,000 of 50,000 readers were let in within 171 s"
    }
    held, faults, *_ = outcomes(Plan(), "wide", found, [found])
    assert (held.found, held.verdict) == ("10,000 readers", "DOES NOT HOLD")
    assert faults.holds


def test_the_climb_fits_what_an_event_costs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def one(_: Plan, readers: int, *__: object) -> dict[str, float]:
        return step(readers, frame_cpu=(0.01 + 1e-5 * readers) / readers)

    found, left_out = climb(monkeypatch, tmp_path, one)
    assert left_out == {}
    assert found["wide.readers"] == 100_000
    assert found["wide.event_fixed"] == pytest.approx(0.01)
    assert found["wide.event_each"] == pytest.approx(1e-5)
    assert found["wide.at_10000.last_p50"] == 1.0


def test_a_fault_ends_the_climb_and_is_not_forgotten(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found, _ = climb(monkeypatch, tmp_path, lambda _, readers, *__: step(readers, faults=3))
    assert (found["wide.readers"], found["wide.faults"]) == (10_000, 3)


@pytest.mark.parametrize(
    ("files", "gib", "seconds", "said"),
    [
        (4_000, 20, 400.0, "with 4,000 open files, 7 workers of which one is lost hold 16,800"),
        (20_000, 2, 400.0, "they may take 4.8 GiB, and 2.0 are free"),
        (20_000, 20, 30.0, "of 440 s only 30 are left"),
    ],
)
def test_what_a_machine_lacks_for_a_step_is_said_before_it(
    files: int, gib: int, seconds: float, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wide, "kernel_memory", lambda: Kernel(0, 0, gib * 2**20))
    monkeypatch.setattr("resource.getrlimit", lambda _: (files, files))
    with pytest.raises(CannotRun, match=said):
        wide.lacks(Plan(), 100_000, 40.0, seconds)


def part(**figures: float) -> results.Part:
    rounds = [figures, {name: value * 3 for name, value in figures.items()}]
    return results.Part("1 May", "bench", {"processor": "p"}, {}, Plan(axis=(1, 2)), rounds)


def test_a_run_replaces_only_its_parts_of_its_processor(tmp_path: Path) -> None:
    results.keep("One, 2 cores", {"wide": part(a=1), "cost": part(b=1)}, tmp_path)
    results.keep("Another", {"cost": part(b=5)}, tmp_path)
    results.keep("One, 2 cores", {"wide": replace(part(a=2), left_out={"peer": "why"})}, tmp_path)
    known = results.known(tmp_path)
    assert list(known) == ["Another", "One, 2 cores"]
    assert known["Another"]["cost"].figures == {"b": 10}
    assert known["One, 2 cores"]["cost"].figures == {"b": 2}
    assert known["One, 2 cores"]["wide"].figures == {"a": 4}
    assert known["One, 2 cores"]["wide"].plan == Plan(axis=(1, 2))
    assert "left out: peer: why" in report.section("One", known["One, 2 cores"])


def test_a_claim_has_the_median_and_the_spread_of_its_rounds() -> None:
    fan = part(**{"ours.reader_kib": 1.0, "ours.frame_cpu": 1e-5, "nchan.frame_cpu": 1e-5})
    found = {one.claim.what: one for one in outcomes(fan.plan, "fanout", fan.figures, fan.rounds)}
    memory = found["memory per idle reader"]
    assert (memory.measured, memory.spread, memory.holds) == (2.0, (1.0, 3.0), True)
    assert found["CPU per connect / Node's"].verdict == "not measured"


def test_every_claim_belongs_to_a_part_that_runs() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    assert all(claim.part in told for claim in claims(Plan()))


def test_the_page_is_what_the_kept_results_make() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert page == report.markdown(results.known()), "python -m benchmarks --page writes it"
