"""Texts in forms with files that are far over their limit: named, and not lost."""

from __future__ import annotations

import pytest
from desk_client import Editor
from desk_forms import WHOLE_FORM, Desk, Page

MIB = 1024 * 1024


@pytest.mark.parametrize("field", ["headline", "body"])
def test_a_field_of_more_than_a_mib_is_named_and_kept(
    desk: Desk, editor: Editor, field: str
) -> None:
    slug, wrong = editor.story(), "x" * (MIB + 1)
    form = desk.open(f"/desk/stories/{slug}").composer
    values = form.values | WHOLE_FORM | {field: wrong}
    sent = {name: (None, value.replace("\n", "\r\n")) for name, value in values.items()}
    page = Page(desk.http.post(form.action, files=sent))
    assert page.status in {413, 422}
    assert page.alerts.startswith("Not saved.")
    marked = page.tree.css(".composer [aria-invalid]")
    assert [node.attributes["name"] for node in marked] == [field]
    kept = page.composer.values
    assert {name: kept.get(name, "") for name in WHOLE_FORM} == WHOLE_FORM | {field: wrong}
    assert editor.head(slug) == 0


def test_more_texts_than_a_form_may_have_are_refused_with_the_name_of_the_field(
    desk: Desk, editor: Editor
) -> None:
    slug = editor.story()
    form = desk.open(f"/desk/stories/{slug}").composer
    values = form.values | {"headline": "x" * 3 * MIB, "body": "x" * 2 * MIB}
    answer = desk.http.post(form.action, files={name: (None, one) for name, one in values.items()})
    assert answer.status_code == 413
    assert "texts of a form must have at most 4 MiB together" in answer.text
    assert "Go back: your text is still there." in answer.text
    assert "Part exceeded" not in answer.text
    assert editor.head(slug) == 0
