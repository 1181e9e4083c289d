"""Who may be a member, and examples that several messages share."""

from enum import StrEnum


class MemberKind(StrEnum):
    """What a member is in law; only a municipality has an AGS."""

    MUNICIPALITY = "municipality"
    DISTRICT = "district"
    ASSOCIATION = "association"
    FOUNDATION = "foundation"
    PUBLIC_LAW_INSTITUTION = "public_law_institution"
    COMPANY = "company"
    UNIVERSITY = "university"


CONTACT_EXAMPLE = {"role": "it", "name": "IT-Stelle", "email": "it@barleben.example"}
ADDRESS_EXAMPLE = {"street": "Ernst-Thälmann-Straße 22", "postal_code": "39179", "city": "Barleben"}
