"""Membership as a process: `python -m services.membership.app`."""

from pathlib import Path
from typing import ClassVar

from services.membership import store
from services.membership.handlers import due, handles, router
from shared.service import Service, run
from shared.settings import Settings


class MembershipSettings(Settings):
    """Membership needs nothing beyond what every service needs."""

    service: ClassVar[str] = "membership"


def service(settings: Settings) -> Service:
    """The service, wired."""
    return Service(
        settings=settings,
        router=router,
        handles=handles,
        migrations=Path(__file__).parent / "migrations",
        rules=Path(__file__).parent / "rules.toml",
        due=due,
        show={
            "member": store.show_member,
            "application": store.show_application,
            "erasure": store.show_erasure,
            "register": store.show_register,
            "votes": store.show_votes,
        },
    )


if __name__ == "__main__":
    run(service(MembershipSettings()))
