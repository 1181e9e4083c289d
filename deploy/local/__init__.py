"""A broker, a database and a mailbox of our own, beside whatever else runs on the machine."""
