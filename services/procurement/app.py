"""Procurement as a process: `python -m services.procurement.app`."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

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


async def report_page(session: AsyncSession, query: Mapping[str, str]) -> str | None:
    """`/report?round=R-2026-0001`: what the round's plan comes to, with charts."""
    found = await store.report_of(session, query.get("round", ""))
    if found is None:
        return None
    plan, title, names = found

    def drawn() -> str:
        # charts take a second to load, which no start of the service should wait for
        from services.procurement import report

        return report.render(plan, title=title, names=names)

    return await asyncio.to_thread(drawn)


def service(settings: ProcurementSettings) -> Service:
    """The service, wired."""
    return Service(
        settings=settings,
        router=router,
        handles=handles,
        migrations=Path(__file__).parent / "migrations",
        rules=Path(__file__).parent / "rules.toml",
        due=partial(due, approve_ppm=round(settings.approve_gap_percent * 10_000)),
        show={
            "contract": store.show_contract,
            "round": store.show_round,
            "order": store.show_order,
            "bundle": store.show_bundle,
            "tender": store.show_tender,
            "ledger": store.show_ledger,
            "subscription": store.show_subscription,
            "pilot": store.show_pilot,
        },
        pages={"/report": report_page},
    )


if __name__ == "__main__":
    run(service(ProcurementSettings()))
