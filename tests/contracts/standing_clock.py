"""Demand with a clock that stands still, so that what the page for other systems shows is exact."""

from datetime import UTC, datetime

from services.demand.app import DemandSettings, service
from shared.service import run

if __name__ == "__main__":
    demand = service(DemandSettings())
    demand.database.clock = lambda: datetime(2026, 2, 3, 8, 15, tzinfo=UTC)
    run(demand)
