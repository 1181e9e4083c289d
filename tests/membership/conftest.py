"""Membership's database."""

import pytest


@pytest.fixture
def service() -> str:
    """Whose database it is."""
    return "membership"
