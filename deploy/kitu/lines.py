"""Events and states as people read them in a terminal."""

from datetime import UTC, datetime
from typing import Any

from rich.text import Text
from rich.tree import Tree

_TOLD = (
    "reference", "demand_reference", "order_reference", "contract_reference", "title", "name",
    "item", "kind", "member_name", "quantity", "demands", "orders", "cut_off", "net", "total",
    "share", "saving", "percent", "recipients", "deliver_on", "delivered_on",
)  # fmt: skip
"""Fields that tell a person what an event is about, in the order of reading."""

_BAD = ("rejected", "refused", "failed", "unfilled", "exhausted", "bounced")
_GOOD = ("accepted", "admitted", "allocated", "approved", "confirmed", "placed", "sent", "recorded")


def line(event: dict[str, Any], party: str) -> Text:
    """One event on one line: when, to whom, what, about which, and the gist."""
    message_type = str(event.get("type", "?"))
    fact = message_type.split(".")[1] if message_type.count(".") > 1 else message_type
    colour = "red" if fact.endswith(_BAD) else "green" if fact.endswith(_GOOD) else "cyan"
    return Text.assemble(
        (_clock(str(event.get("time", ""))), "dim"),
        f" {party:<5} ",
        (f"{message_type:<32} ", colour),
        (f"{str(event.get('subject', ''))[-8:]:<8} ", "dim"),
        gist(event.get("data", {})),
    )


def gist(data: dict[str, Any]) -> str:
    """What an event says, in a few words.

    >>> gist({"reference": "B-2026-00017", "quantity": 12, "name": "Notebook"})
    'B-2026-00017, Notebook, 12'
    """
    told = [str(data[name]) for name in _TOLD if data.get(name) not in (None, "")]
    return ", ".join(told + reasons(data))


def reasons(data: dict[str, Any]) -> list[str]:
    """Why something was refused or turned out so, one sentence each."""
    broken = data.get("reasons") or []
    told = [
        f"{reason['field']} = {reason['value']!r} {reason['rule']}"
        if reason.get("value")
        else f"{reason['field']} {reason['rule']}"
        for reason in broken
    ]
    return told + [str(data[name]) for name in ("explanation", "reason") if data.get(name)]


def state(title: str, content: Any) -> Tree:
    """A service's answer as a tree."""
    tree = Tree(Text(title, style="bold"), guide_style="dim")
    _grow(tree, content)
    return tree


def _grow(tree: Tree, content: Any) -> None:
    entries = content.items() if isinstance(content, dict) else enumerate(content, 1)
    for name, value in entries:
        label = Text(str(name), style="cyan")
        if isinstance(value, dict | list):
            _grow(tree.add(label if value else Text.assemble(label, " –")), value)
        elif value is not None:
            tree.add(Text.assemble(label, f" {value}"))


def _clock(moment: str) -> str:
    """Local time of day; a message may state any text as its time."""
    try:
        return datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone().strftime("%H:%M:%S")
    except ValueError:
        return "--:--:--"
