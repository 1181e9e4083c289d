"""The fields of the cooperative's work."""

from enum import StrEnum


class Category(StrEnum):
    """The fields of the cooperative's work."""

    OPERATIONS = "operations"
    PERSONNEL = "personnel"
    FINANCE = "finance"
    REGISTRATION = "registration"
    DOCUMENTS = "documents"
    REAL_ESTATE = "real_estate"
    COUNCIL = "council"
    HARDWARE = "hardware"
    HOTLINE_115 = "hotline_115"
    DE_MAIL = "de_mail"
    CLOUD = "cloud"
