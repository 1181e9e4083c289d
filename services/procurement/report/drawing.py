"""How reports look: one self-contained page, with charts as SVG and every figure in a table."""

import io
from collections.abc import Iterable, Sequence
from html import escape

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLUE, TEAL, SAND, GREY, INK = "#1d4f7c", "#2a8f83", "#e3b45c", "#d9dee4", "#1c2733"
MOST_BARS = 30
STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;background:#f4f6f8;color:#1c2733;font:16px/1.5 "Segoe UI",Roboto,
"Helvetica Neue",Arial,sans-serif}
main{max-width:68rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{margin:0 0 .25rem;font-size:1.8rem}h2{margin:0 0 .5rem;font-size:1.2rem}
p{margin:.25rem 0 .75rem;max-width:48rem}summary{cursor:pointer;color:#1d4f7c;margin:.5rem 0}
section{background:#fff;border:1px solid #dde3e9;border-radius:8px;padding:1.25rem;margin:1rem 0}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:.75rem;margin:1rem 0}
dl div{background:#fff;border:1px solid #dde3e9;border-radius:8px;padding:.75rem 1rem}
dt{color:#52606d;font-size:.85rem}dd{margin:0;font-size:1.15rem;font-weight:600;white-space:nowrap}
svg{display:block;max-width:100%;height:auto}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{padding:.35rem .6rem;border-bottom:1px solid #e6ebf0;text-align:left;vertical-align:top}
th{color:#52606d;font-weight:600}table .n{text-align:right;white-space:nowrap}
tfoot td{font-weight:600;border-top:2px solid #1c2733}
@media print{body{background:#fff}section,dl div{break-inside:avoid}}
"""


def page(title: str, lead: str, parts: Iterable[str]) -> str:
    """A whole page that needs nothing else."""
    return (
        '<!doctype html><html lang="de"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1><p>{escape(lead)}</p>{''.join(parts)}</main></body></html>"
    )


def tiles(figures: Iterable[tuple[str, str]]) -> str:
    """The main figures, each with its name."""
    cells = "".join(f"<div><dt>{escape(t)}</dt><dd>{escape(d)}</dd></div>" for t, d in figures)
    return f"<dl>{cells}</dl>"


def part(part: int, whole: int) -> float:
    """A part in percent of a whole; 0 where there is no whole."""
    return 100 * part / whole if whole else 0.0


def section(title: str, lead: str, chart: str, table: str = "") -> str:
    """A chart and its figures under a heading."""
    lead = f"<p>{escape(lead)}</p>" if lead else ""
    return f"<section><h2>{escape(title)}</h2>{lead}{chart}{table}</section>"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], foot: Sequence[str] = ()) -> str:
    """Rows under a head; columns whose first entry is a figure stand to the right."""

    def cells(tag: str, row: Sequence[str], like: Sequence[str]) -> str:
        return "".join(
            f'<{tag} class="n">{escape(text)}</{tag}>'
            if _is_figure(model)
            else f"<{tag}>{escape(text)}</{tag}>"
            for text, model in zip(row, like, strict=True)
        )

    pattern = rows[0] if rows else head
    body = "".join(f"<tr>{cells('td', row, pattern)}</tr>" for row in rows)
    end = f"<tfoot><tr>{cells('td', foot, pattern)}</tr></tfoot>" if foot else ""
    return (
        f'<div class="scroll"><table><thead><tr>{cells("th", head, pattern)}</tr></thead>'
        f"<tbody>{body}</tbody>{end}</table></div>"
    )


def _is_figure(text: str) -> bool:
    return text[:1].lstrip("-").isdigit() or text[:2].lstrip("-").isdigit()


def canvas(bars: int) -> tuple[Figure, Axes]:
    """Room for so many horizontal bars."""
    figure = Figure(figsize=(10, 0.9 + 0.34 * max(bars, 1)), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(length=0, labelcolor=INK)
    axes.grid(axis="x", color="#e6ebf0")
    axes.set_axisbelow(True)
    axes.invert_yaxis()
    return figure, axes


def svg(figure: Figure, description: str) -> str:
    """A chart as SVG whose texts stay texts, with its description for screen readers."""
    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": description}):
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    text = out.getvalue()
    svg = text[text.index("<svg") :].replace("'DejaVu Sans'", "'Segoe UI', 'DejaVu Sans'")
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(description)}"', 1)


def outlined(figure: Figure) -> str:
    """A chart as SVG whose texts are outlines, so that it needs no font."""
    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "kitu"}):
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    return out.getvalue()
