"""The modules of liveblog, as files."""

from __future__ import annotations

from pathlib import Path

import liveblog

PACKAGE = Path(liveblog.__file__).parent


MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
