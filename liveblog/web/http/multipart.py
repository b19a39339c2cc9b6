"""Forms with files. Starlette would answer a field over 1 MiB with a sentence about a "part"."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from liveblog.errors import Malformed, TooLarge
from liveblog.web.http.body_limits import DESK_FORM_BYTES

MULTIPART = "multipart/form-data"


class _Parser(MultiPartParser):
    """Bounds the texts of a form together. A single text may be longer than it may become: the form is then shown
    again, with the text in it."""

    _texts = 0

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._current_part.file is None:
            self._texts += end - start
            if self._texts > self.max_part_size:
                name, most = self._current_part.field_name, self.max_part_size // 2**20
                raise TooLarge(
                    f"{name}: the texts of a form must have at most {most} MiB together. "
                    "Nothing was stored. Go back: your text is still there.",
                    {name: f"the texts of a form must have at most {most} MiB together"},
                )
        super().on_part_data(data, start, end)


async def read_form(request: Request) -> FormData:
    """The form in a request, with or without files; read once. Raises `TooLarge`, `Malformed`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != MULTIPART or hasattr(request.state, "form"):
        return getattr(request.state, "form", None) or await request.form()
    parser = _Parser(request.headers, request.stream(), max_part_size=DESK_FORM_BYTES)
    try:
        request.state.form = await parser.parse()
    except MultiPartException as error:
        raise Malformed(f"The form cannot be read: {error.message}") from error
    form: FormData = request.state.form
    return form


async def close_form(request: Request) -> None:
    """Closes the files of a form that was read; without one, nothing."""
    await request.close()
    form: FormData | None = getattr(request.state, "form", None)
    if form is not None:
        await form.close()
