"""Demand as a process: `python -m services.demand.app`."""

from pathlib import Path
from typing import ClassVar

from services.demand import store
from services.demand.domain import check_questions
from services.demand.handlers import due, handles, router
from shared.service import Service, run
from shared.settings import Settings


class DemandSettings(Settings):
    """Demand needs nothing beyond what every service needs."""

    service: ClassVar[str] = "demand"


def service(settings: Settings) -> Service:
    """The service, wired.

    Raises:
        InvalidRules: the dated rules, or the questions among them, cannot be used.
    """
    demand = Service(
        settings=settings,
        router=router,
        handles=handles,
        migrations=Path(__file__).parent / "migrations",
        rules=Path(__file__).parent / "rules.toml",
        due=due,
        show={"demand": store.show_demand},
    )
    check_questions(demand.database.rules, str(settings.rules_file or "rules.toml"))
    return demand


if __name__ == "__main__":
    run(service(DemandSettings()))
