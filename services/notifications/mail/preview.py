"""Every kind of mail with sample data, to look at in a browser."""

import argparse
import sys
from html import escape
from pathlib import Path

from services.notifications.domain import Office, Telling
from services.notifications.mail.compose import compose
from services.notifications.mail.documents import documents
from services.notifications.mail.samples import BACKGROUND, samples

_PAGE = """<!doctype html>
<html lang="de"><head><meta charset="utf-8"><title>Alle Nachrichten</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem }}
body {{ padding: 0 1rem }}
h2 {{ margin: 3rem 0 .5rem; font-size: 1.1rem }}
.sizes {{ display: flex; gap: 1rem; align-items: flex-start }}
iframe {{ border: 1px solid #8884; border-radius: 8px; height: 46rem }}
.wide {{ flex: 1 }} .phone {{ width: 360px; flex: none }}
</style></head><body>
<h1>Alle Nachrichten</h1>
<p>{count} Arten, breit und auf einem Telefon; dunkel mit der Einstellung des Systems.</p>
<nav><ol>{links}</ol></nav>
{mails}
</body></html>
"""
_LINK = '<li><a href="#{kind}">{kind}</a>: {subject}</li>'
_MAIL = """<section id="{kind}"><h2>{kind}: {subject}</h2>
<p><a href="{kind}.html">HTML</a> · <a href="{kind}.txt">Text</a>{files}</p>
<div class="sizes"><iframe class="wide" src="{kind}.html" title="{kind}, breit" loading="lazy">
</iframe><iframe class="phone" src="{kind}.html" title="{kind}, schmal" loading="lazy"></iframe>
</div></section>"""


def preview(out: Path) -> Path:
    """Write every kind, with its documents, and an index; returns the index."""
    out.mkdir(parents=True, exist_ok=True)
    shown = [(telling.kind.name, *_write(telling, out)) for telling in samples()]
    links = "".join(_LINK.format(kind=kind, subject=escape(s)) for kind, s, _ in shown)
    mails = "".join(_MAIL.format(kind=k, subject=escape(s), files=files) for k, s, files in shown)
    index = out / "index.html"
    index.write_text(_PAGE.format(count=len(shown), links=links, mails=mails), encoding="utf-8")
    return index


def _write(telling: Telling, out: Path) -> tuple[str, str]:
    """One kind's files; returns its subject and the links to its documents."""
    kind = telling.kind.name
    content = compose(telling, BACKGROUND, Office(), telling.kind.version)
    html = content.html
    (out / f"{kind}.txt").write_text(f"{content.subject}\n\n{content.text}", encoding="utf-8")
    links = ""
    for document in documents(telling, BACKGROUND, Office()):
        (out / document.name).write_bytes(document.content)
        html = html.replace(f"cid:{document.content_id}", document.name)
        links += f' · <a href="{document.name}">{document.name}</a>'
    (out / f"{kind}.html").write_text(html, encoding="utf-8")
    return content.subject, links


def main() -> None:
    """Write every kind of mail with sample data as HTML, with an index page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path(".local/mail-preview"))
    index = preview(parser.parse_args().out)
    sys.stdout.write(f"open {index.resolve().as_uri()}\n")


if __name__ == "__main__":
    main()
