"""Notifications as a process: `python -m services.notifications.app`."""

from datetime import time, timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar

import holidays
from pydantic import Field, SecretStr, field_validator

from services.notifications import store
from services.notifications.domain import Collecting, Office, Quiet
from services.notifications.handlers import (
    Habits,
    Post,
    box,
    deliver,
    due,
    handles,
    router,
    take_back,
)
from services.notifications.mail.transport import server
from shared.service import Loop, Service, run
from shared.settings import Settings

_OFFICE = Office()
_ENDPOINT = r"^[0-9]{4}:[A-Za-z0-9-]{1,50}$"


class NotificationsSettings(Settings):
    """What notifications needs beyond what every service needs."""

    service: ClassVar[str] = "notifications"

    smtp_url: SecretStr = Field(
        description="smtp://user:password@host:port?starttls=required|none, or smtps://…; "
        "TLS is demanded unless the server is on this machine or `starttls=none` is said."
    )
    smtp_timeout: float = Field(default=30, gt=0, le=300, description="Seconds for each reply.")
    smtp_connections: int = Field(default=4, ge=1, le=50)
    mail_from: str = _OFFICE.sender
    kid_email: str = _OFFICE.kid
    board_email: str = _OFFICE.board
    buyer_endpoint: str = Field(
        default=_OFFICE.endpoint,
        pattern=_ENDPOINT,
        description="The cooperative's address in UBL orders, such as 0204:<Leitweg-ID>.",
    )
    kid_endpoint: str = Field(default=_OFFICE.kid_endpoint, pattern=_ENDPOINT)
    mail_return_path: str = Field(
        default="", description="Where bounces go; `{id}` stands for the mail. Else the sender."
    )
    mail_returned: SecretStr = Field(
        default=SecretStr(""),
        description="Where mail that came back is read: maildir:/path or imaps://user:password@…",
    )
    mail_collect_seconds: float = Field(
        default=60, ge=0, description="Quiet to wait for before demands are told together."
    )
    mail_daily_at: int = Field(
        default=7, ge=0, le=23, description="The hour in Germany for who wants mail once a day."
    )
    mail_quiet_hours: str = Field(
        default="",
        pattern=r"^(([01]?[0-9]|2[0-3])-([01]?[0-9]|2[0-3]))?$",
        description="Such as 20-7, in Germany; then also weekends and holidays in Saxony-Anhalt.",
    )
    mail_remind_hours: float = Field(default=72, ge=0, description="Before a round's cut-off.")
    mail_keep_days: float = Field(default=90, gt=0, description="Until contents are erased.")
    mail_per_second: float | None = Field(default=None, gt=0, description="At most so many.")
    mail_redirect: str | None = Field(default=None, description="Gets every mail instead.")
    mail_dry_run: bool = Field(default=False, description="Make mails, but send none.")
    mail_allow: str = Field(
        default="", description="Domains or addresses, by commas; all others get nothing."
    )

    @field_validator("smtp_url")
    @classmethod
    def _names_a_server(cls, url: SecretStr) -> SecretStr:
        server(url.get_secret_value())
        return url

    @field_validator("mail_returned")
    @classmethod
    def _names_a_mailbox(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value():
            box(url.get_secret_value())
        return url

    @field_validator("mail_quiet_hours")
    @classmethod
    def _leaves_a_day(cls, hours: str) -> str:
        begins, _, ends = hours.partition("-")
        if hours and int(begins) <= int(ends):
            raise ValueError("must begin in the evening and end in the morning, such as 20-7")
        return hours

    @property
    def quiet(self) -> Quiet | None:
        """When what can wait is not sent."""
        if not self.mail_quiet_hours:
            return None
        begins, ends = map(int, self.mail_quiet_hours.split("-"))
        days_off = holidays.country_holidays("DE", subdiv="ST")
        return Quiet(time(begins), time(ends), lambda day: day in days_off)


def service(settings: NotificationsSettings) -> Service:
    """The service, wired."""
    quiet = timedelta(seconds=settings.mail_collect_seconds)
    habits = Habits(
        office=Office(
            sender=settings.mail_from,
            board=settings.board_email,
            kid=settings.kid_email,
            endpoint=settings.buyer_endpoint,
            kid_endpoint=settings.kid_endpoint,
        ),
        collecting=Collecting(quiet, 10 * quiet, time(settings.mail_daily_at)),
        remind_before=timedelta(hours=settings.mail_remind_hours),
        keep=timedelta(days=settings.mail_keep_days),
        quiet=settings.quiet,
    )
    allowed = (name.strip().casefold() for name in settings.mail_allow.split(","))
    post = Post(
        server=server(settings.smtp_url.get_secret_value(), settings.smtp_timeout),
        return_path=settings.mail_return_path or settings.mail_from,
        connections=settings.smtp_connections,
        per_second=settings.mail_per_second,
        redirect=settings.mail_redirect,
        dry_run=settings.mail_dry_run,
        allowed=frozenset(filter(None, allowed)),
    )
    loops: list[Loop] = [partial(deliver, post=post)]
    if url := settings.mail_returned.get_secret_value():
        loops.append(partial(take_back, mails=box(url)))
    return Service(
        settings=settings,
        router=router,
        handles=handles,
        migrations=Path(__file__).parent / "migrations",
        due=partial(due, habits=habits),
        show={"mail": store.show_mail},
        loops=tuple(loops),
    )


if __name__ == "__main__":
    run(service(NotificationsSettings()))
