"""What the notifications service states."""

from shared.events.common import ContactRole
from shared.events.envelope import Event
from shared.events.fields import Count, Id, MailAddress, MemberNumber, Name, Party, Text, Word

_NOTIFICATION = {
    "notification_id": "0190163d-8694-739b-aea5-966c26f8ad0b",
    "kind": "cost_statement",
    "about": "10002",
    "caused_by": "0190163d-8694-739b-aea5-966c26f8ad0c",
}


class NotificationSent(Event):
    """A mail was handed over to the mail server for all its recipients."""

    type = "notification.sent.v1"
    subject_field = "notification_id"
    example = {**_NOTIFICATION, "recipients": 2}

    notification_id: Id
    kind: Word
    about: Party
    caused_by: Id
    recipients: Count


class NotificationFailed(Event):
    """A mail could not be handed over for good; somebody has to look."""

    type = "notification.failed.v1"
    subject_field = "notification_id"
    example = {**_NOTIFICATION, "reason": "550 mailbox unavailable"}

    notification_id: Id
    kind: Word
    about: Party
    caused_by: Id
    reason: Text


class NotificationErased(Event):
    """What mails said of a refused applicant is deleted (§ 15 (2) GenG), and of how many mails."""

    type = "notification.erased.v1"
    subject_field = "application_id"
    example = {"application_id": "0190163d-8694-739b-aea5-966c26f8ad01", "mails": 2}

    application_id: Id
    mails: Count


class ContactBounced(Event):
    """Mail to a contact's address came back; membership flags it until another is stated."""

    type = "contact.bounced.v1"
    subject_field = "member"
    in_journal = False
    example = {
        "member": "10002",
        "role": "it",
        "name": "IT-Stelle",
        "email": "it@barleben.example",
        "reason": "5.1.1 unknown",
    }

    member: MemberNumber
    role: ContactRole
    name: Name
    email: MailAddress | None = None
    reason: Text


class ContactUnsubscribed(Event):
    """A contact answered that it wants no mails but those that are needed."""

    type = "contact.unsubscribed.v1"
    subject_field = "member"
    in_journal = False
    example = {"member": "10002", "role": "it", "name": "IT-Stelle"}

    member: MemberNumber
    role: ContactRole
    name: Name
