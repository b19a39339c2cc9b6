"""Where the tests find files that are no Python."""

from __future__ import annotations

from pathlib import Path

SUPPORT = Path(__file__).parent
TESTS = SUPPORT.parent
ROOT = TESTS.parent
DATA = TESTS / "data"
NODE_MODULES = TESTS / "node_modules"
