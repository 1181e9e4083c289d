"""CloudEvents 1.0 in structured JSON: the form of every message, whoever sends it.

A message is an `Envelope` (what every message has) around an `Event` (what it says). Outside
systems send subclasses of `Incoming`, which are strict: an unknown field is refused by name.
Services send plain `Event`s, whose readers ignore what they do not know yet, so that optional
fields can be added within v1.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, StringConstraints

from shared.events.fields import Instant, MemberNumber, Party, Word

CONTENT_TYPE = "application/cloudevents+json"
COOPERATIVE = "coop"
KID = "kid"

MessageType = Annotated[str, StringConstraints(pattern=r"^[a-z]+\.[a-z_]+\.v[1-9][0-9]?$")]
Source = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._/-]{0,59}$")]


class Part(BaseModel):
    """A piece of a message."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Event(Part):
    """A fact. Its class tells the `type` on the wire and which field is its `subject`.

    The subject is what the message is about; messages about one subject take effect in order.
    `example` is one valid `data`, as it stands on the wire. What is not `in_journal` carries
    personal data that must be deleted soon.
    """

    type: ClassVar[str]
    subject_field: ClassVar[str]
    in_journal: ClassVar[bool] = True
    example: ClassVar[dict[str, Any]]

    @property
    def subject(self) -> str:
        """What this message is about, as text, such as a demand's id."""
        return str(getattr(self, self.subject_field))


class Incoming(Event):
    """A fact stated by an outside system; refused as a whole where a field is unknown.

    `senders` are the kinds of party that may state it: `member`, `kid`, `coop`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    senders: ClassVar[frozenset[Literal["member", "kid", "coop"]]]
    refused_by: ClassVar[str] = "message.rejected.v1"


class StrictPart(Part):
    """A piece of an incoming message: unknown fields are refused."""

    model_config = Incoming.model_config


class MemberIncoming(Incoming):
    """A fact that a member's own system states about that member."""

    senders = frozenset({"member"})
    member: MemberNumber


class Header(BaseModel):
    """The CloudEvents attributes of a message, without its data.

    `source` + `id` is unique. Extensions: `correlationid` runs through a demand's whole way,
    `causationid` names the message that caused this one, `sequence` counts up per subject and
    source, `party` tells whom the message concerns.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: Source
    type: MessageType
    time: Instant
    party: Party
    subject: Word | None = None
    datacontenttype: Literal["application/json"] = "application/json"
    correlationid: UUID | None = None
    causationid: UUID | None = None
    sequence: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None

    @property
    def routing_key(self) -> str:
        """`<type>.<party>`, by which readers bind."""
        return f"{self.type}.{self.party}"


class Envelope(Header):
    """A whole message: header and data."""

    data: SerializeAsAny[Event]


def envelope(
    event: Event,
    *,
    id: UUID,  # noqa: A002 - the attribute's name in CloudEvents
    source: str,
    time: datetime,
    party: str,
    correlationid: UUID | None = None,
    causationid: UUID | None = None,
    sequence: int | None = None,
) -> Envelope:
    """Put an event into its envelope; a message that begins a way correlates with itself."""
    return Envelope(
        id=id,
        source=source,
        type=event.type,
        time=time,
        party=party,
        subject=event.subject,
        correlationid=correlationid or id,
        causationid=causationid,
        sequence=sequence,
        data=event,
    )
