"""`python -m deploy.local.mailbox --directory D`: a mail server until Ctrl-C."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from deploy.local.mailbox.serving import serve


def run(
    directory: Annotated[Path, typer.Option(help="Where mails are kept, one file each.")],
    smtp_port: Annotated[int, typer.Option(help="On loopback; 0 takes any free one.")] = 0,
    http_port: Annotated[int, typer.Option(help="On loopback; 0 takes any free one.")] = 0,
) -> None:
    """Take mails by SMTP, keep each as a file and show them on a web page."""
    asyncio.run(serve(directory, smtp_port, http_port))


typer.run(run)
