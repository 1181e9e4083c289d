"""From the declaration to join to the board's decision, and what is left of a refusal."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from uuid import UUID

import rfc8785

from services.membership.domain.members import Member, check_page, entered
from services.membership.domain.people import Contact, LegalPerson, check_person
from services.membership.domain.register import Fact, Stated
from shared.refusal import Reason, Refused, refuse
from shared.rules import Rule, Rules

DECLARATION = "declaration"
COUNCIL_RESOLUTION = "council_resolution"
SUPERVISORY_CONSENT = "supervisory_consent"
_NEEDED_BY = {
    COUNCIL_RESOLUTION: "council_resolution_kinds",
    SUPERVISORY_CONSENT: "supervisory_consent_kinds",
}
_WORDS = {
    COUNCIL_RESOLUTION: "resolution of the applicant's council",
    SUPERVISORY_CONSENT: "consent of the applicant's supervisory authority",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened before the decision: which step, when, and the document of it."""

    step: str
    taken_on: date
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A balance that comes to the applicant from a member when it joins (§ 76 GenG)."""

    giver: str
    shares: int
    declared_on: date
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The board's no, and the message by which the applicant is told from `recorded_on` on."""

    decided_on: date
    recorded_on: date
    message: UUID


@dataclass(frozen=True, slots=True)
class Application:
    """A declaration to join until the board has decided; then until a refusal is told.

    `steps` are all that were stated, oldest first; of one step the newest counts. `ends_on` is
    the last day of a membership for a fixed term. `messages` are the ids of those by which
    others learned of the applicant.
    """

    id: UUID
    person: LegalPerson
    contacts: tuple[Contact, ...]
    shares: int
    steps: tuple[Step, ...]
    ends_on: date | None = None
    transfer: Transfer | None = None
    refusal: Refusal | None = None
    messages: tuple[UUID, ...] = ()

    def taken(self, step: str) -> Step | None:
        """How a step stands."""
        return next((each for each in reversed(self.steps) if each.step == step), None)

    @property
    def declared_on(self) -> date:
        """The day of the newest declaration, which every application has."""
        return next(each.taken_on for each in reversed(self.steps) if each.step == DECLARATION)


@dataclass(frozen=True, slots=True)
class Erasure:
    """What shows that a refused applicant's data is deleted, and names nobody."""

    application_id: UUID
    refused_on: date
    refusal_sent: bool
    contacts: int
    messages: tuple[UUID, ...]
    digest: str


def applied(application: Application, today: date, rules: Rules) -> Application:
    """Take an application (§ 15 GenG).

    Raises:
        Refused: a key does not fit the applicant's kind, a step is of the future or out of
            order, or the fixed term ends before it begins.
    """
    check_person(application.person, rules, today)
    for step in application.steps:
        field = "declared_on" if step.step == DECLARATION else f"{step.step}_on"
        _check_step(application, step, today, field)
    if application.ends_on is not None and application.ends_on <= application.declared_on:
        rule = f"must be after {application.declared_on}, the declaration"
        raise refuse("ends_on", application.ends_on, rule)
    return application


def stepped(application: Application, step: Step, today: date) -> Application:
    """Enter a step of joining.

    Raises:
        Refused: it is of the future or out of order, or the board has decided.
    """
    _undecided(application)
    now = replace(application, steps=(*application.steps, step))
    _check_step(now, step, today, "taken_on")
    return now


def with_transfer(application: Application, transfer: Transfer) -> Application:
    """Let shares come from a member when the applicant joins (§ 76 (1) GenG).

    Raises:
        Refused: another transfer was stated, or not as many shares as it declared to take.
    """
    _undecided(application)
    if application.transfer is not None:
        rule = f"gets the shares of member {application.transfer.giver} already"
        raise refuse("application_id", application.id, rule)
    if transfer.shares != application.shares:
        rule = f"must be {application.shares}, the shares that the applicant declared to take"
        raise refuse("shares", transfer.shares, rule)
    return replace(application, transfer=transfer)


def step_rules(rules: Rules, day: date) -> tuple[Rule, ...]:
    """The rules that tell which kinds of applicant need which steps on a day."""
    return tuple(rules.at(rule, day) for rule in _NEEDED_BY.values())


def lacks(application: Application, rules: Rules, day: date) -> list[str]:
    """The steps that this kind of applicant needs before an admission and has not taken."""
    return [
        step
        for step, rule in _NEEDED_BY.items()
        if application.person.kind in rules.at(rule, day).value and application.taken(step) is None
    ]


def admitted(
    application: Application,
    number: str,
    decided_on: date,
    joins_on: date | None,
    stated: Stated,
    today: date,
    rules: Rules,
) -> Member:
    """Enter an applicant in the register under a free number; a fixed term is entered with it.

    Raises:
        Refused: steps lack, the decision is dated before one of them or in the future, or the
            term is over when it would begin.
    """
    _undecided(application)
    if lacking := lacks(application, rules, decided_on):
        rules_by_step = {step: rules.at(_NEEDED_BY[step], decided_on) for step in lacking}
        raise Refused(
            *(
                Reason(
                    step,
                    "",
                    f"must be stated before an admission: the {_WORDS[step]} "
                    f"({rule.source}); state membership.step_taken",
                )
                for step, rule in rules_by_step.items()
            )
        )
    _check_decision(application, decided_on, today)
    joined_on = joins_on or decided_on
    if not decided_on <= joined_on <= today:
        rule = f"must be from {decided_on} (decision) to {today}; state it when it takes effect"
        raise refuse("joins_on", joined_on, rule)
    person = application.person
    member = entered(
        Member(number, (), application.contacts),
        Fact.ADMITTED,
        "admitted",
        joined_on,
        decided_on,
        stated,
        person=asdict(person),
        shares=application.shares,
        other=application.transfer.giver if application.transfer else None,
    )
    if application.ends_on is not None:
        if application.ends_on < joined_on:
            rule = f"its fixed term ends on {application.ends_on}, before it joins"
            raise refuse("joins_on", joined_on, rule)
        declared = application.declared_on
        member = entered(member, Fact.ENDS, "term", application.ends_on, declared, stated)
    check_page(member, "joins_on", rules)
    return member


def refused(application: Application, decided_on: date, today: date, message: UUID) -> Application:
    """Note a refusal, told by a message; the data is kept until that is sent (§ 15 (2) GenG)."""
    _undecided(application)
    _check_decision(application, decided_on, today)
    return replace(application, refusal=Refusal(decided_on, today, message))


def erased(application: Application, *, refusal_sent: bool) -> Erasure:
    """What is left of a refused applicant once its data is deleted.

    Raises:
        LookupError: it was not refused.
    """
    if application.refusal is None:
        raise LookupError(f"application {application.id} was not refused")
    return Erasure(
        application_id=application.id,
        refused_on=application.refusal.decided_on,
        refusal_sent=refusal_sent,
        contacts=len(application.contacts),
        messages=application.messages,
        digest=digest(application),
    )


def digest(application: Application) -> str:
    """SHA-256 over the canonical JSON (RFC 8785) of what an applicant stated of itself as a legal
    person. No contact, so that it is not of a natural one."""
    told = {
        "application_id": str(application.id),
        **asdict(application.person),
        "shares": application.shares,
        "declared_on": application.declared_on.isoformat(),
    }
    return hashlib.sha256(rfc8785.dumps(told)).hexdigest()


def _undecided(application: Application) -> None:
    if application.refusal is not None:
        rule = f"was refused on {application.refusal.decided_on}"
        raise refuse("application_id", application.id, rule)


def _check_decision(application: Application, decided_on: date, today: date) -> None:
    last = max(step.taken_on for step in _counting(application.steps))
    if not last <= decided_on <= today:
        rule = f"must be from {last} (the last step of joining) to {today}"
        raise refuse("decided_on", decided_on, rule)


def _counting(steps: Sequence[Step]) -> list[Step]:
    return list({step.step: step for step in steps}.values())


def _check_step(application: Application, step: Step, today: date, field: str) -> None:
    if step.taken_on > today:
        raise refuse(field, step.taken_on, f"must not be after {today}")
    resolution, consent = map(application.taken, (COUNCIL_RESOLUTION, SUPERVISORY_CONSENT))
    if resolution and consent and consent.taken_on < resolution.taken_on:
        rule = (
            f"the consent ({consent.taken_on}) must not come before the resolution that it "
            f"is to ({resolution.taken_on})"
        )
        raise refuse(field, step.taken_on, rule)
