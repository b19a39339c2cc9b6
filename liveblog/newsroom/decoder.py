"""Decodes pictures in processes of their own, under limits (`content/decoding.py`).

A file that breaks the decoder or the limits is refused, and the server goes on. The end of the
process frees all memory that the picture took.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

import structlog
from anyio import CapacityLimiter, to_thread

from liveblog.content.pictures import Picture, Written
from liveblog.content.pixels import Bounds
from liveblog.errors import Invalid, Unavailable, Unsupported

AT_ONCE = 2
SECONDS = 60.0  # long enough for a busy machine; CPU time is limited as well
FAILED = "cannot be decoded; send it in another format or smaller"

log = structlog.get_logger()


class Decoder:
    """Decodes at most two pictures at once: in this process, or with a `folder`, in all
    processes that share the folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._limiter = CapacityLimiter(AT_ONCE)

    async def written_anew(self, file: BinaryIO, most: Bounds) -> Picture:
        """Does `pictures.written_anew()` in another process.

        Raises `Invalid`, `Unsupported`, and `Unavailable` if no process can be started.
        """
        return await to_thread.run_sync(self._written_anew, file, most, limiter=self._limiter)

    def _written_anew(self, file: BinaryIO, most: Bounds) -> Picture:
        try:
            with ExitStack() as stack:
                given = stack.enter_context(_on_disk(file))
                stack.enter_context(self._turn())
                return _answer(*_run(given, most))
        except OSError as error:
            raise Unavailable(f"pictures cannot be decoded: {error.strerror}") from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Waits for one of the turns that all processes share.

        A lock ends with its process, even if the process is killed.
        """
        with ExitStack() as stack:
            places = self._places(stack)
            for place in places:
                try:
                    fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    pass
            else:
                if places:
                    fcntl.flock(places[os.getpid() % AT_ONCE], fcntl.LOCK_EX)
            yield

    def _places(self, stack: ExitStack) -> list[BinaryIO]:
        """Opens the lock files. There are none if there is no folder: each process then has its own turns."""
        if self._folder is None:
            return []
        names = [f"decoding.{number}" for number in range(AT_ONCE)]
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return [stack.enter_context((self._folder / name).open("ab")) for name in names]
        except OSError:
            return []


@contextmanager
def _on_disk(file: BinaryIO) -> Iterator[BinaryIO]:
    """The file on the disk, so that another process can read it."""
    try:
        file.fileno()  # moves an upload from memory to the disk
        file.flush()
        yield file
    except io.UnsupportedOperation:
        with tempfile.TemporaryFile() as copy:
            file.seek(0)
            shutil.copyfileobj(file, copy)
            copy.flush()
            yield copy


def _run(file: BinaryIO, most: Bounds) -> tuple[int, bytes]:
    """Returns the exit code and the output of the decoding process.

    The process gets nothing from our environment, except the path of Python's modules.
    """
    command = [sys.executable, "-P", "-m", "liveblog.content.decoding"]
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(
            [*command, json.dumps(most), str(os.getpid())],
            env=environment,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.warning("picture decoding timed out", seconds=SECONDS)
        return -1, b""
    return done.returncode, done.stdout


def _answer(code: int, answer: bytes) -> Picture:
    head, found, contents = answer.partition(b"\n")
    if code or not found:
        log.warning("picture decoding failed", exit_code=code)
        raise Invalid({"file": FAILED})
    said = json.loads(head)
    if "fields" in said:
        unsupported = said["status"] == Unsupported.status
        raise (Unsupported if unsupported else Invalid)(said["fields"])
    variants, at = [], 0
    for name, kind, width, height, size in said["variants"]:
        variants.append(Written(name, kind, width, height, contents[at : at + size]))
        at += size
    return Picture(variants, said["placeholder"])
