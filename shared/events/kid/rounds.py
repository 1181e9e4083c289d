"""Rounds in which demand is collected, and topics to try out first."""

from pydantic import Field

from shared.events.envelope import Incoming
from shared.events.fields import Day, Id, Instant, Name
from shared.events.kid.categories import Category


class RoundAnnounced(Incoming):
    """A bundling round (Bündelungsrunde): demand of these categories until the cut-off."""

    type = "round.announced.v1"
    subject_field = "round_id"
    senders = frozenset({"kid", "coop"})
    example = {
        "round_id": "0190163d-8694-739b-aea5-966c26f8ad02",
        "title": "Frühjahrsbeschaffung 2026",
        "categories": ["hardware", "finance"],
        "cut_off": "2026-03-31T10:00:00Z",
    }

    round_id: Id
    title: Name
    categories: list[Category] = Field(min_length=1, max_length=len(Category))
    cut_off: Instant


class PilotAnnounced(Incoming):
    """A new topic to try out together, if enough members are interested by a day.

    Once they are, a round collects demand of the category for `collect_days`.
    """

    type = "pilot.announced.v1"
    subject_field = "pilot_id"
    senders = frozenset({"kid", "coop"})
    example = {
        "pilot_id": "0190163d-8694-739b-aea5-966c26f8ad0e",
        "title": "Behördennummer 115 für kleine Gemeinden",
        "category": "hotline_115",
        "least_members": 5,
        "interest_by": "2026-06-30",
    }

    pilot_id: Id
    title: Name
    category: Category
    least_members: int = Field(ge=1, le=1000)
    interest_by: Day
    collect_days: int = Field(default=30, ge=1, le=365)
