"""Decodes one picture in a process of its own: `python -m liveblog.content.decoding BOUNDS PARENT`.

`newsroom/decoder.py` starts the process. It reads the picture from standard input. The first line of its
output is JSON: either the reason for a refusal, or the placeholder and the variants with their sizes in bytes.
The contents of the variants follow in the same order.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import resource
import signal
import sys
from typing import Any

from liveblog.content.pictures import Picture, written_anew
from liveblog.content.pixels import Bounds
from liveblog.errors import Invalid, Refused, Unsupported

MEMORY = 285 * 1024 * 1024  # bytes of private memory that the process may use
CPU_SECONDS = 20
OUT_OF_MEMORY = "takes too much memory to decode; send a smaller picture"
PR_SET_PDEATHSIG = 1


def main(bounds: str, parent: str) -> None:
    """Decode the picture on standard input and write the answer to standard output.

    `bounds` is a JSON array with the values of `Bounds`, `parent` the process id of the caller.
    """
    _bind(int(parent))
    picture, refusal = None, None
    try:
        with io.FileIO(0, closefd=False) as raw, io.BufferedReader(raw, 64 * 1024) as file:
            picture = written_anew(file, Bounds(*json.loads(bounds)))
    except (Invalid, Unsupported) as error:
        refusal = error
    except MemoryError:
        refusal = Invalid({"file": OUT_OF_MEMORY})
    with os.fdopen(1, "wb", closefd=False) as out:
        out.write(json.dumps(_said(picture, refusal)).encode() + b"\n")
        for variant in picture.variants if picture else ():
            out.write(variant.content)


def _bind(parent: int) -> None:
    """Set the limits of this process, and end it when its parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the call
            sys.exit(1)
    # Ctrl+C goes to the server, which waits for this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    # RLIMIT_DATA, because RLIMIT_AS also counts memory that a library reserves and does not use.
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def _said(picture: Picture | None, refusal: Refused | None) -> dict[str, Any]:
    if picture is None:
        assert refusal is not None
        return {"status": refusal.status, "fields": dict(refusal.fields)}
    variants = [[*variant[:-1], len(variant.content)] for variant in picture.variants]
    return {"placeholder": picture.placeholder, "variants": variants}


if __name__ == "__main__":
    main(*sys.argv[1:])
