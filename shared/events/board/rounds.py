"""What the board states about rounds."""

from shared.events.envelope import Incoming
from shared.events.fields import Id, Text


class RoundCloseRequested(Incoming):
    """A round is to close before its cut-off."""

    type = "round.close_requested.v1"
    subject_field = "round_id"
    senders = frozenset({"coop", "kid"})
    example = {"round_id": "0190163d-8694-739b-aea5-966c26f8ad02", "reason": "Alle haben gemeldet"}

    round_id: Id
    reason: Text
