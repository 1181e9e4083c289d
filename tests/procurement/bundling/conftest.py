"""One solver process for all tests of a module."""

from collections.abc import Iterator

import pytest

from services.procurement.bundling import Highs


@pytest.fixture(scope="module")
def solver() -> Iterator[Highs]:
    """A running solver; a round of the tests takes milliseconds with it."""
    with Highs() as running:
        yield running
