"""What notifications reads from its environment."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.notifications.app import NotificationsSettings, service


def settings(**given: Any) -> NotificationsSettings:
    needed = {"amqp_url": "amqp://x@127.0.0.1:1/", "smtp_url": "smtp://127.0.0.1:2525"}
    return NotificationsSettings.model_validate({**needed, **given})


def test_by_default_nothing_waits_for_the_morning() -> None:
    assert settings().quiet is None


def test_holidays_are_those_of_saxony_anhalt() -> None:
    quiet = settings(mail_quiet_hours="20-7").quiet
    assert quiet is not None
    epiphany = datetime(2026, 1, 6, 10, tzinfo=UTC)  # a holiday here, and in two other states
    assert quiet.over_at(epiphany) == datetime(2026, 1, 7, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {"smtp_url": "http://127.0.0.1"},
        {"mail_quiet_hours": "7-20"},
        {"mail_quiet_hours": "late"},
        {"buyer_endpoint": "none"},
        {"mail_keep_days": 0},
    ],
)
def test_a_wrong_setting_is_told_at_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)


def test_passwords_are_not_shown() -> None:
    shown = settings(smtp_url="smtp://kitu:geheim@mail.example")
    assert "geheim" not in repr(shown)


def test_the_service_is_wired(tmp_path: Path) -> None:
    wired = service(settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/x.db"))
    assert set(wired.show) == {"mail"}
    assert len(wired.loops) == 1
