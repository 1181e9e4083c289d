"""From what happened to what a mail says: subject, HTML, text. The same data, the same mail."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import css_inline
import mrml
from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    select_autoescape,
)

from services.notifications.domain import BOARD, KID, Background, Office, Telling
from services.notifications.mail import views
from services.notifications.mail.wording import FILTERS, wrapped
from shared.events import CATALOGUE, Event
from shared.events.demand import RoundCounted
from shared.events.procurement import (
    DeliveryRecorded,
    OrderConfirmed,
    RoundInvited,
    RoundOpened,
    SubscriptionChanged,
)

TEMPLATES = Path(__file__).parent / "templates"
_INLINER = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)


class CannotCompose(Exception):
    """An event and a kind's templates do not fit together; its cause tells where."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a mail says."""

    subject: str
    html: str
    text: str


def compose(telling: Telling, background: Background, office: Office, version: int) -> Content:
    """Say what there is to tell, by this version of the kind's templates.

    Raises:
        CannotCompose: a template names what the event does not have, or the event is not of
            its type.
    """
    try:
        events = [read(o.type, o.data) for o in telling.occasions]
        words = {
            "event": events[0],
            "events": events,
            "member": background.member if telling.party not in {BOARD, KID} else None,
            "about": background.member,
            "office": office,
            "mail_id": telling.mail_id,
            **_beside(events, background),
        }
        return _content(telling.kind.name, version, words)
    except (TemplateError, ValueError, LookupError, TypeError, OSError) as error:
        raise CannotCompose(telling.kind.name) from error


def demand_ids(telling: Telling) -> list[UUID]:
    """The demands that the events name, for the background."""
    named = (occasion.data.get("demand_id") for occasion in telling.occasions)
    return [UUID(demand_id) for demand_id in named if demand_id]


def _content(kind: str, version: int, words: dict[str, Any]) -> Content:
    templates = _environment()
    plain = templates.get_template(f"{kind}/v{version}.txt")
    scope = plain.new_context(words)
    subject, preview = (
        " ".join("".join(plain.blocks[block](scope)).split()) for block in ("subject", "preview")
    )
    rich = templates.get_template(f"{kind}/v{version}.mjml")
    mjml = rich.render({**words, "subject": subject, "preview": preview})
    html = _INLINER.inline(mrml.to_html(mjml).content)
    return Content(subject, html, wrapped(plain.render(words)))


def read(type_: str, data: dict[str, Any]) -> Event:
    """An event as it was stored, from the wire's form."""
    return CATALOGUE[type_].model_validate_json(json.dumps(data))


def _beside(events: list[Event], background: Background) -> dict[str, Any]:
    """What a kind tells beside the event's own fields."""
    first = events[0]
    news = views.news(events)
    beside: dict[str, Any] = {
        "changes": [event for event in events if isinstance(event, SubscriptionChanged)],
        "news": news,
        "cut_offs": views.cut_offs(news, background),
        "rejections": views.rejections(events, background),
    }
    if isinstance(first, RoundOpened | RoundInvited | RoundCounted):
        beside["standing"] = views.standing(background, first.round_id)
        beside["round"] = background.rounds.get(first.round_id)
    if isinstance(first, OrderConfirmed):
        beside["short"] = any(line.confirmed < line.ordered for line in first.lines)
    if isinstance(first, DeliveryRecorded):
        beside["earlier"] = any(line.delivered_in_all > line.delivered for line in first.lines)
    return beside


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("mjml",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(FILTERS, groups=views.groups, headline=views.headline)
    return environment
