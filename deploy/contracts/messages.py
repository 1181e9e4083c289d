"""The list of messages for people: who states what, whom it concerns, what answers it."""

from deploy.contracts.roles import ANSWERS, parties, stated_by
from deploy.contracts.schemas import summary
from shared.events import CATALOGUE, Event, Incoming
from shared.events.demand import DemandRejected

HEAD = """\
# Messages

Made by `make contracts` from `shared/events`. Each type links to its JSON Schema.

"""
PARTIES = {"member": "the member", "kid": "KID", "coop": "the cooperative"}


def page() -> str:
    """The page, in Markdown."""
    outside = [event for event in CATALOGUE.values() if issubclass(event, Incoming)]
    inside = [event for event in CATALOGUE.values() if not issubclass(event, Incoming)]
    by_demand = [event for event in outside if event.refused_by == DemandRejected.type]
    refused = f"{', '.join(map(_short, by_demand))} are refused"
    return HEAD + "\n".join(
        [
            "## What outside systems state (`cooperative.incoming`)\n",
            *_table(
                ("type", "from", "says", "answered by"),
                [
                    (
                        _link(event),
                        " or ".join(stated_by(event)),
                        summary(event),
                        ", ".join(_short(answer) for answer in ANSWERS[event]),
                    )
                    for event in outside
                ],
            ),
            f"\n{refused} by `demand.rejected`, all others by `message.rejected`, to the sender.\n",
            "## What services state (`cooperative.events`)\n",
            *_table(
                ("type", "from", "concerns", "says"),
                [
                    (
                        _link(event),
                        " or ".join(stated_by(event)),
                        _concerned(event),
                        summary(event),
                    )
                    for event in inside
                ],
            ),
            "",
        ]
    )


def _concerned(event: type[Event]) -> str:
    """One of all, whoever it is about; or each that is named."""
    concerned = [PARTIES[party] for party in parties(event)]
    return "any one party" if len(concerned) == len(PARTIES) else " and ".join(concerned)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _link(event: type[Event]) -> str:
    return f"[{event.type}](schemas/{event.type}.json)"


def _short(event: type[Event]) -> str:
    return f"`{event.type.rpartition('.')[0]}`"
