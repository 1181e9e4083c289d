"""How a rule says no: the field, the value and the rule it breaks.

The one word that the domain and the messages have in common, so it stays plain Python.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One broken rule.

    `field` is the dotted path of the field in the message's data, `value` its shortened
    value as text (empty when it is missing or too sensitive to repeat), `rule` a sentence
    that tells what would be right.
    """

    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        return (
            f"{self.field} = {self.value!r}: {self.rule}"
            if self.value
            else (f"{self.field}: {self.rule}")
        )


class Refused(Exception):
    """What was asked breaks a rule; nothing changed, and the sender is told why."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(map(str, reasons)))
        self.reasons = reasons


def refuse(field: str, value: object, rule: str) -> Refused:
    """A refusal with one reason; the value is shortened to 80 characters.

    >>> str(refuse("quantity", 0, "at least 1"))
    "quantity = '0': at least 1"
    """
    return Refused(Reason(field, str(value)[:80], rule))
