"""How a command ends when it cannot do what was asked: one line, and an exit code."""

REFUSED = 1
MISUSED = 2
UNREACHABLE = 3


class Failure(Exception):
    """Ends the command with a sentence for a person.

    `code` is `REFUSED` (invalid, or the suite said no), `MISUSED` (the command line) or
    `UNREACHABLE` (broker or service).
    """

    def __init__(self, sentence: str, code: int = REFUSED) -> None:
        super().__init__(sentence)
        self.code = code
