"""What a reader's style sheet asks the browser to look at when an update comes."""

from __future__ import annotations

import re

import pytest

from liveblog.resources import folder

RULE = re.compile(r"([^{}]+)\{[^{}]*\}")
# After `:has(…)` a universal selector or the name of a frequent tag makes the browser look at all such elements.
WIDE = re.compile(r":has\([^{}]*\)[^,{}]*[\s>+~](?:\*|a|p|li|span|div|article|:not\([^)]*\))$")


def selectors(css: str) -> list[str]:
    """All selectors of a sheet, one by one; a comma in parentheses divides none."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    found = []
    for rule in RULE.findall(css):
        depth, part = 0, ""
        for sign in rule:
            depth += (sign == "(") - (sign == ")")
            if sign == "," and not depth:
                found.append(part.strip())
                part = ""
            else:
                part += sign
        found.append(part.strip())
    return found


def test_no_rule_makes_the_browser_look_at_every_element_for_each_update() -> None:
    sheet = (folder("static") / "liveblog.css").read_text()
    found = selectors(sheet)
    assert len([one for one in found if ":has(" in one]) > 30
    assert [one for one in found if WIDE.search(one)] == []


@pytest.mark.parametrize(
    "wide",
    [".story:has(> .story-cover) > :not(.story-cover)", ".masthead:has(nav) > a", ".x:has(.y) *"],
)
def test_such_rules_are_found(wide: str) -> None:
    assert [one for one in selectors(f"{wide}, .b {{ color: red }}") if WIDE.search(one)] == [wide]
