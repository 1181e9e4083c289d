"""Demand as a process: `python -m services.demand.app`."""

from pathlib import Path
from typing import ClassVar

from services.demand import store
from services.demand.handlers import handles, router
from shared.service import Service, run
from shared.settings import Settings


class DemandSettings(Settings):
    """Demand needs nothing beyond what every service needs."""

    service: ClassVar[str] = "demand"


def service(settings: Settings) -> Service:
    """The service, wired."""
    return Service(
        settings=settings,
        router=router,
        handles=handles,
        migrations=Path(__file__).parent / "migrations",
        show={"demand": store.show_demand},
    )


if __name__ == "__main__":
    run(service(DemandSettings()))
