"""A person whom nothing is to name any more."""

from dataclasses import dataclass
from typing import Any

NOBODY, NOWHERE = "(gelöscht)", "geloescht@invalid.example"


@dataclass(frozen=True, slots=True)
class Person:
    """A contact of a member, by its address (in each form it is written in) and its names."""

    member: str
    addresses: tuple[str, ...]
    names: tuple[str, ...]

    def is_named_in(self, text: str, *, about_others: bool) -> bool:
        """Whether a text names this person.

        Offices have the same name everywhere; so what goes to others than the member counts only
        where it has the member's number too.
        """
        said = " ".join(text.casefold().split())
        if any(address.casefold() in said for address in self.addresses):
            return True
        if about_others and self.member not in said:
            return False
        return any(name.casefold() in said for name in self.names)

    def left_out(self, data: Any) -> Any:
        """The data with nobody where this person stands."""
        if isinstance(data, dict):
            return {key: self.left_out(value) for key, value in data.items()}
        if isinstance(data, list):
            return [self.left_out(value) for value in data]
        known = {address.casefold() for address in self.addresses}
        if isinstance(data, str) and data.casefold() in known:
            return NOWHERE
        return NOBODY if data in self.names else data
