"""The mail server as a program beside this one."""

import smtplib
import sys
from pathlib import Path
from typing import Self

from deploy.local.mailbox.reading import Mail, mails
from deploy.local.ports import accepts, kept_ports
from deploy.local.process import Process


class PrivateMailbox:
    """A real SMTP server on a free loopback port that keeps every mail as a file.

    It ends with the process that started it, even if that is killed. A later object for the
    same directory goes on numbering where the earlier one stopped.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory.resolve()
        self._server = Process("mailbox", self.directory)
        self._ports: dict[str, int] = {}

    @property
    def running(self) -> bool:
        return self._server.running

    @property
    def smtp_url(self) -> str:
        return f"smtp://127.0.0.1:{self._ports['smtp']}"

    @property
    def url(self) -> str:
        """The page that shows the mails."""
        return f"http://127.0.0.1:{self._ports['http']}"

    def mails(self, to: str | None = None) -> list[Mail]:
        """What has arrived, in that order: all of it, or what was delivered to one address."""
        return mails(self.directory, to)

    def start(self) -> None:
        """Start, or start again after `stop` or `kill`, and return when it takes mail.

        Raises:
            CannotStart: it does not come up, or another running program uses the directory.
        """
        if self.running:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        self._server.end_leftovers()
        self._ports = self._ports or kept_ports(self.directory, "smtp", "http")
        where = [f"--directory={self.directory}"]
        where += [f"--smtp-port={self._ports['smtp']}", f"--http-port={self._ports['http']}"]
        self._server.start([sys.executable, "-m", "deploy.local.mailbox", *where])
        self._server.wait_until(self._is_ready)

    def stop(self) -> None:
        """End it in good order."""
        self._server.stop()

    def kill(self) -> None:
        """End it with SIGKILL; a mail that was acknowledged is kept."""
        self._server.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _is_ready(self) -> bool:
        if not accepts(self._ports["smtp"]) or not accepts(self._ports["http"]):
            return False
        with smtplib.SMTP("127.0.0.1", self._ports["smtp"], timeout=5) as client:
            return client.noop()[0] == 250
