"""Procurement as a process: `python -m services.procurement.app`."""

from functools import partial
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from services.procurement import store
from services.procurement.handlers import due, handles, router
from shared.service import Service, run
from shared.settings import Settings


class ProcurementSettings(Settings):
    """What procurement needs beyond what every service needs."""

    service: ClassVar[str] = "procurement"

    approve_gap_percent: float = Field(
        default=1.0,
        ge=0,
        le=100,
        description="A plan proved to cost at most this much more than the cheapest is ordered.",
    )


def service(settings: ProcurementSettings) -> Service:
    """The service, wired."""
    return Service(
        settings=settings,
        router=router,
        handles=handles,
        migrations=Path(__file__).parent / "migrations",
        due=partial(due, approve_ppm=round(settings.approve_gap_percent * 10_000)),
        show={
            "contract": store.show_contract,
            "round": store.show_round,
            "order": store.show_order,
            "bundle": store.show_bundle,
        },
    )


if __name__ == "__main__":
    run(service(ProcurementSettings()))
