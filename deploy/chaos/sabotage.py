"""A service with one safeguard turned off: `python -m deploy.chaos.sabotage demand inbox`.

Only the chaos run's own test uses this, to show that losing the safeguard turns the run red.
"""

import importlib
import sys
from typing import Any

from shared.database.transactions import Sight, Transaction
from shared.service import run


def without_inbox() -> None:
    """Let every delivery take effect, however often it comes."""

    async def always_new(*_: object) -> Sight:
        return Sight.NEW

    Transaction.sight = always_new  # type: ignore[assignment, method-assign]


def without_outbox() -> None:
    """Forget one emitted message in twenty, as one does who publishes beside the commit."""
    keep = Transaction.flush
    emitted = 0

    async def forgetful(tx: Transaction) -> bool:
        nonlocal emitted
        emitted += len(tx._emitted)
        if emitted >= 20 and tx._emitted:
            emitted = 0
            tx._emitted.pop()
        return await keep(tx)

    Transaction.flush = forgetful  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    name, safeguard = sys.argv[1:]
    {"inbox": without_inbox, "outbox": without_outbox}[safeguard]()
    app: Any = importlib.import_module(f"services.{name}.app")
    settings = next(
        value
        for key, value in vars(app).items()
        if key.endswith("Settings") and value.__module__ == app.__name__
    )
    run(app.service(settings()))
