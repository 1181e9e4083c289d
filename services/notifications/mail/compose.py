"""From what happened to what a mail says: subject, HTML, text. The same data, the same mail."""

import json
import re
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
    Template,
    TemplateError,
    select_autoescape,
)
from markupsafe import Markup

from services.notifications.domain import BOARD, KID, Background, Office, Telling
from services.notifications.mail import views
from services.notifications.mail.wording import FILTERS, wrapped
from shared.events import CATALOGUE, Event
from shared.events.demand import RoundCounted
from shared.events.procurement import (
    DeliveryRecorded,
    OrderConfirmed,
    RoundCompleted,
    RoundInvited,
    RoundOpened,
    SubscriptionChanged,
)

_GREETING = re.compile(r"(?:<p>Guten Tag,</p>|Guten Tag,\n\n)((?:<[^>]*>)*)(.)")
CHART = "diagramm"
"""The Content-ID of the picture in a mail that has one."""
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
        words: dict[str, Any] = {
            "member": background.member if telling.party not in {BOARD, KID} else None,
            "about": background.member,
            "office": office,
            "mail_id": telling.mail_id,
            "optional": telling.kind.optional,
        }
        if telling.kind.gathers:
            words["parts"] = [_part(part, background, words) for part in telling.parts]
        else:
            words |= _events(telling, background)
        return _content(telling.kind.folder, version, words)
    except (TemplateError, ValueError, LookupError, TypeError, OSError) as error:
        raise CannotCompose(telling.kind.name) from error


def demand_ids(telling: Telling) -> list[UUID]:
    """The demands that the events name, for the background."""
    named = (one.data.get("demand_id") for part in telling.parts for one in part.occasions)
    return [UUID(demand_id) for demand_id in named if demand_id]


def _content(folder: str, version: int, words: dict[str, Any]) -> Content:
    plain, rich = _templates(folder, version)
    subject, preview = _line(plain, "subject", words), _line(plain, "preview", words)
    mjml = rich.render({**words, "subject": subject, "preview": preview})
    html = _INLINER.inline(mrml.to_html(mjml).content)
    return Content(subject, html, wrapped(plain.render(words)))


def _part(telling: Telling, background: Background, around: dict[str, Any]) -> Content:
    """What a mail told alone would say between its greeting and its questions, as MJML and text."""
    plain, rich = _templates(telling.kind.folder, telling.kind.version)
    words = {**around, **_events(telling, background), "part": True}
    return Content(
        _line(plain, "subject", words),
        Markup(_ungreeted(rich.render(words))),  # noqa: S704 - escaped by itself
        _ungreeted(plain.render(words)),
    )


def _ungreeted(text: str) -> str:
    """Without its greeting, after which a sentence goes on with a small letter."""
    return _GREETING.sub(lambda found: found[1] + found[2].upper(), text, count=1)


def _templates(folder: str, version: int) -> tuple[Template, Template]:
    found = _environment()
    return (
        found.get_template(f"{folder}/v{version}.txt"),
        found.get_template(f"{folder}/v{version}.mjml"),
    )


def _line(plain: Template, block: str, words: dict[str, Any]) -> str:
    return " ".join("".join(plain.blocks[block](plain.new_context(words))).split())


def _events(telling: Telling, background: Background) -> dict[str, Any]:
    events = [read(one.type, one.data) for one in telling.occasions]
    return {"event": events[0], "events": events, **_beside(events, background)}


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
    if isinstance(first, RoundCompleted):
        beside["savings"] = background.savings
        beside["chart"] = CHART
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
