"""What demand keeps: demands, and what other services state about the world."""

from services.demand.store.demands import (
    all_of,
    counting,
    demand,
    of_member,
    open_demands,
    peers,
    save_demand,
    to_look_at,
    unpriced,
    waiting,
)
from services.demand.store.showing import show_demand
from services.demand.store.tables import Base
from services.demand.store.world import (
    approval_above_cents,
    items,
    member_is_active,
    member_kind,
    open_round,
    round_of,
    save_item,
    save_member,
    save_round,
    set_approval_above,
)

__all__ = [
    "Base",
    "all_of",
    "approval_above_cents",
    "counting",
    "demand",
    "items",
    "member_is_active",
    "member_kind",
    "of_member",
    "open_demands",
    "open_round",
    "peers",
    "round_of",
    "save_demand",
    "save_item",
    "save_member",
    "save_round",
    "set_approval_above",
    "show_demand",
    "to_look_at",
    "unpriced",
    "waiting",
]
