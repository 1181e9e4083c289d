"""The demo's round under faults: more demand, bad messages, and a mail that comes back."""

import mailbox
from dataclasses import dataclass, field
from uuid import uuid5

from deploy.chaos import outside
from deploy.chaos.cluster import Cluster
from deploy.demo import bad
from deploy.demo.mails import BOARD, Due
from deploy.demo.record import Stuck
from deploy.demo.round import NUMBERS, Round
from shared.events import Event
from shared.events.common import MessageRejected
from shared.events.demand import DemandRejected
from shared.events.membership import MemberAdmitted
from shared.events.notifications import ContactBounced, NotificationSent
from shared.events.procurement import CataloguePublished

UNREACHABLE = "10004"
"""The member whose management's address does not exist."""
REPORT = """\
From: MAILER-DAEMON@mx.example
To: bedarf@kitu.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 unknown

--b
Content-Type: text/rfc822-headers

Message-ID: <{mail_id}@kitu.example>

--b--
"""


@dataclass
class RoundUnderFaults(Round):
    """A round on a cluster that is being hurt."""

    cluster: Cluster = field(kw_only=True)
    patience: float = field(kw_only=True)
    besides: list[Due] = field(default_factory=list)
    """Mails that are due for other reasons than an event."""

    async def begin(self) -> None:
        """The round until all have stated their demand."""
        await self.offer()
        await self.join()
        await self.open()
        await self.submit()

    async def join(self) -> None:
        """Members join; the welcome of one comes back."""
        await super().join()
        welcome, *_ = await self.record.until(
            lambda: [
                event
                for event in self.record.of(NotificationSent)
                if (event.kind, event.about) == ("member_admitted", UNREACHABLE)
            ],
            "the welcome that comes back",
        )
        member = next(e for e in self.record.of(MemberAdmitted) if e.member == UNREACHABLE)
        contact = next(one for one in member.contacts if one.role == "management")
        report = REPORT.format(address=contact.email, mail_id=welcome.notification_id)
        mailbox.Maildir(self.cluster.returned).add(report.encode())
        cause = uuid5(welcome.notification_id, f"bounced {contact.role} {contact.name}")
        self.besides.append(Due("contact_bounced", str(cause), BOARD))

    async def misuse(self) -> None:
        """Members state what must be refused."""
        self.refusable = await bad.say_bad_lines(self.systems, set(NUMBERS))
        await self.record.until(
            lambda: (
                len(self.record.of(DemandRejected)) + len(self.record.of(MessageRejected))
                >= len(self.refusable)
            ),
            "a rejection of every bad message",
        )
        self.tell(f"{len(self.refusable)} bad messages were refused")

    async def fulfil(self) -> None:
        """KID fulfils; and what came back was read."""
        await super().fulfil()
        await self.record.until(lambda: self.record.of(ContactBounced), "the contact that bounced")

    async def _known_to_demand(self, *kinds: type[Event]) -> None:
        """A killed process forgets its metrics; so its database is asked."""
        items = {event.item for event in self.record.of(CataloguePublished)}
        known = f"""
            SELECT least(
                (SELECT count(*) FROM demand.members) / {len(NUMBERS)},
                (SELECT count(*) FROM demand.items WHERE orderable) / {len(items)},
                (SELECT count(*) FROM demand.rounds)
            )
        """  # noqa: S608 - numbers
        try:
            await outside.until_database(self.cluster, known, 1, self.patience)
        except TimeoutError:
            raise Stuck("demand does not know members, items and round") from None
