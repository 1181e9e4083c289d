"""A mail server of our own that delivers to a directory and shows what it keeps.

`PrivateMailbox` runs it beside the suite, `mails` reads what arrived, `write_gallery` leaves it
as pages on disk.
"""

from deploy.local.mailbox.beside import PrivateMailbox
from deploy.local.mailbox.pages import write_gallery
from deploy.local.mailbox.reading import Attachment, Mail, mails

__all__ = ["Attachment", "Mail", "PrivateMailbox", "mails", "write_gallery"]
