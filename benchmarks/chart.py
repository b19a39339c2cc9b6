"""The plot: for each measure of the fan-out a panel of bars, a bar for each server."""

from __future__ import annotations

from html import escape

from benchmarks.claims import written
from benchmarks.plan import Figures
from benchmarks.report import COLUMNS, SERVERS, as_many

PANEL, NAMES, BARS, ROW, LEFT = 150, 165, 200, 24, 20
COLOURS = {"ours": "#b3261e", "nchan": "#5b6770", "node": "#8a959d", "floor": "#c3cad0"}
SHOWN = ("frame_cpu", "p99", "reader_kib", "connect_cpu")
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-size="13" '
    'font-family="system-ui, sans-serif" role="img" aria-label="{label}">\n'
    '<rect width="100%" height="100%" fill="#fff"/>\n'
)


def svg(figures: Figures, label: str) -> str:
    """Two columns of panels; shorter bars are better. Servers that had fewer readers than ours are left out."""
    width = 2 * (LEFT + NAMES + BARS + 60)
    panels = [column for column in COLUMNS if column[0] in SHOWN]
    drawn = [HEAD.format(width=width, height=2 * PANEL + 20, label=escape(label, quote=True))]
    for at, (figure, heading, scale) in enumerate(panels):
        x, y = LEFT + at % 2 * width // 2, 10 + at // 2 * PANEL
        drawn.append(_panel(figures, figure, heading, scale, x, y))
    return "".join(drawn) + "</svg>\n"


def _panel(figures: Figures, figure: str, heading: str, scale: float, x: int, y: int) -> str:
    values = {
        server: figures[f"{server}.{figure}"] * scale
        for server in SERVERS
        if as_many(figures, server)
    }
    # The floor keeps nothing for a reader: its memory says nothing.
    if figure == "reader_kib":
        values.pop("floor", None)
    longest = max(values.values(), default=1.0) or 1.0
    lines = [f'<text x="{x}" y="{y + 16}" font-weight="600">{escape(heading)}</text>\n']
    for row, (server, value) in enumerate(values.items()):
        top = y + 26 + row * ROW
        length = max(1.0, BARS * value / longest)
        start = x + NAMES
        lines.append(
            f'<text x="{start - 8}" y="{top + 14}" text-anchor="end">{escape(SERVERS[server])}</text>'
            f'<rect x="{start}" y="{top}" width="{length:.1f}" height="{ROW - 6}" '
            f'fill="{COLOURS[server]}"/>'
            f'<text x="{start + length + 6:.1f}" y="{top + 14}">{written(value)}</text>\n'
        )
    return "".join(lines)
