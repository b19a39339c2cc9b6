"""What was measured, kept for each processor: `results/PROCESSOR.json`, of which docs/benchmarks.md is made.

A run replaces only the parts that it measured, so that another processor's figures, and parts that take long, stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from benchmarks.plan import Figures, Plan, medians

FOLDER = Path(__file__).parent / "results"
Measured = Mapping[str, "Part"]  # by the name of the part


@dataclass(frozen=True)
class Part:
    """A part of the benchmark: its rounds, and how they came about. `left_out` says why a peer is missing, `note` what
    else is known."""

    date: str
    command: str
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    plan: Plan
    rounds: Sequence[Figures]
    left_out: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def figures(self) -> dict[str, float]:
        return medians(self.rounds)


def keep(processor: str, measured: Measured, folder: Path = FOLDER) -> None:
    """Adds parts to what is known of a processor; the newest stand last."""
    folder.mkdir(exist_ok=True)
    file = folder / f"{slug(processor)}.json"
    known = _read(file)[1] if file.exists() else {}
    older = {name: part for name, part in known.items() if name not in measured}
    parts = {name: asdict(part) for name, part in (older | dict(measured)).items()}
    text = json.dumps({"processor": processor, "parts": parts}, indent=1, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")


def known(folder: Path = FOLDER) -> dict[str, dict[str, Part]]:
    """All parts of all processors, by the processor's name."""
    return dict(_read(file) for file in sorted(folder.glob("*.json")))


def _read(file: Path) -> tuple[str, dict[str, Part]]:
    read: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    parts = {
        name: Part(**(part | {"plan": _plan(part["plan"])})) for name, part in read["parts"].items()
    }
    return read["processor"], parts


def _plan(stored: Mapping[str, Any]) -> Plan:
    """Sizes that are not there any more are left out; those that were not there yet are today's."""
    names = {one.name for one in fields(Plan)}
    sizes: dict[str, Any] = {
        name: tuple(size) if isinstance(size, list) else size
        for name, size in stored.items()
        if name in names
    }
    return Plan(**sizes)


def slug(processor: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", processor.lower()).strip("-")
