"""What a handler states: `tx.decide(Decision("admission", subject, "admitted", …))`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any, Literal, NamedTuple

from shared.rules import Rule

By = Literal["rule", "board", "kid", "member"]


class Basis(NamedTuple):
    """A rule that stands in code, such as a way of sharing, with its source in paper or law."""

    name: str
    source: str

    @property
    def version(self) -> str:
        """The code's version."""
        return _of_code()


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision, from the pen of whoever made it.

    `kind` names what is decided on (admission, demand, bundle …), `outcome` the word it came to.
    `subject` is the id of what it is about. `rules` are those it rests on, each with its source.
    `by` tells who made it: a rule, or a person by their system's word. `inputs` and `result` hold
    what a reader needs to follow it: plain values, dates, ids, money in cents; large things by a
    digest and their main figures. They can be erased, all else stays for ever, so people's names
    and addresses have no place elsewhere. `concerns` is whose data they are: a member's number,
    or an applicant's id.
    """

    kind: str
    subject: str
    outcome: str
    rules: tuple[Rule | Basis, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    by: By = "rule"
    concerns: str | None = None


@cache
def _of_code() -> str:
    return f"kitu {version('kitu')}"


def cited(rule: Rule | Basis) -> dict[str, str]:
    """A rule as the record names it: a dated one by the day from which it holds."""
    version = rule.version if isinstance(rule, Basis) else rule.valid_from.isoformat()
    return {"name": rule.name, "version": version, "source": rule.source}
