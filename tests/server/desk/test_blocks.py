"""Two editors' texts are put together paragraph by paragraph, by the page's script as by the server."""

from __future__ import annotations

import json
import random
import subprocess
from typing import Any

from paths import ROOT

from liveblog.content.blocks import blocks, merged

SCRIPT = ROOT / "static/desk/composer/blocks.js"
ALL = """
import { blocks, mergedText } from %s;
let given = "";
for await (const part of process.stdin) given += part;
const found = JSON.parse(given).map((texts) => ({ ...mergedText(...texts), blocks: blocks(texts[0]) }));
process.stdout.write(JSON.stringify(found));
"""
FENCED = "Before\n\n```\nx = 1\n\n~~~\ny = 2\n```\nstill it"


def by_script(cases: list[list[str]]) -> list[dict[str, Any]]:
    script = ALL % json.dumps(SCRIPT.as_uri())
    done = subprocess.run(
        ["node", "--no-warnings", "--input-type=module", "--eval", script],
        input=json.dumps(cases), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


# Of what both began with, mine and theirs: what is kept by "mine", "theirs", "both".
CASES = {
    "different paragraphs": (["A|B", "A1|B", "A|B2"], ["A1|B2"]),
    "apart": (["A|B|C", "A1|B|C", "A|B|C|D"], ["A1|B|C|D"]),
    "both at one place": (["A", "A|X", "A|Y"], ["A|X|Y"]),
    "the same, and more": (["A", "A|X", "A|X|Y"], ["A|X|Y"]),
    "the same": (["A|B", "A1|B", "A1|B|\n"], ["A1|B"]),
    "one paragraph": (["A", "A1", "A2"], ["A1", "A2", "A1|A2"]),
    "one of two": (["A|B", "A1|B", "A2|B3"], ["A1|B3", "A2|B3", "A1|A2|B3"]),
    "taken away and changed": (["A|B", "B", "A2|B"], ["B", "A2|B", "A2|B"]),
    "written anew": (["A|B|C", "X", "A|B2|C"], ["X", "A|B2|C", "X|A|B2|C"]),
    "Windows": (["A\r\n\r\nB", "A1\r\n \r\nB", "A\r\n\r\nB2"], ["A1|B2"]),
    "code": ([FENCED, f"{FENCED}|Mine", FENCED.replace("2", "3")],
             [f"{FENCED.replace('2', '3')}|Mine"]),
    "too long": (["A", "a|" * 600, "B"], ["a|" * 600, "B", f"{'a|' * 600}|B"]),
}  # fmt: skip


def test_what_is_put_together() -> None:
    cases = [[text.replace("|", "\n\n") for text in given] for given, _ in CASES.values()]
    for (name, (_, wanted)), texts, found in zip(
        CASES.items(), cases, by_script(cases), strict=True
    ):
        first, *rest = (text.replace("|", "\n\n") for text in wanted)
        said = [found["mine"], found["theirs"], found["both"]]
        assert said == [first, *(rest or [first] * 2)], name
        assert bool(found["clash"]) == bool(rest), name
        assert merged(*texts) == first, name


def test_code_is_not_divided() -> None:
    inside = "```\nx = 1\n\n~~~\ny = 2\n```\nstill it"
    assert blocks(FENCED) == by_script([[FENCED] * 3])[0]["blocks"] == ["Before", inside]


def test_the_page_and_the_server_agree_and_nothing_is_doubled_or_lost() -> None:
    some = random.Random(5)

    def edited(was: list[str], name: str) -> list[str]:
        now: list[str] = []
        for n, block in enumerate(was):
            what = some.random()
            now += [] if what < 0.1 else [f"{name}{n}"] if what < 0.35 else [block]
            now += [f"{name}{n}, new"] if some.random() < 0.2 else []
        return now

    cases = []
    for _ in range(500):
        was = [f"was {n}" for n in range(some.randint(1, 8))]
        cases.append(
            ["\n\n".join(one) for one in (was, edited(was, "mine"), edited(was, "theirs"))]
        )
    for texts, found in zip(cases, by_script(cases), strict=True):
        assert merged(*texts) == found["mine"], texts
        base, mine, theirs = (set(blocks(text)) for text in texts)
        for name in ("mine", "theirs", "both"):
            now = blocks(found[name])
            assert len(now) == len(set(now)), (texts, found)
        assert mine - base <= set(blocks(found["mine"]))
        assert theirs - base <= set(blocks(found["theirs"]))
        assert (mine | theirs) - base <= set(blocks(found["both"]))
