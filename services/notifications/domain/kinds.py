"""Every kind of mail: which contacts it is for, and whether it is collected."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of mail.

    `role` is the contact role a member is written to under. A `collected` kind waits for a
    quiet period and tells everything of that time in one mail. `to_applicant` goes to the
    contacts named in the event itself, and its personal data is erased when it is handed over.
    `names_demands` tells of the member's demands and rounds beside the events, `names_savings` of
    what every member saved in the round. What `can_wait`
    is not sent at night, at weekends or on holidays, and a contact may have it gathered once a
    day: then in a mail of a kind that `gathers`. An `optional` one may be unsubscribed; nothing
    depends on it. What is `daily` waits for the day's hour, and what is told of the same thing
    until then replaces it. `version` is the newest version of its templates, in a folder of its
    name or of `templates`; a mail keeps the one it was made with.
    """

    name: str
    role: str = "it"
    collected: bool = False
    to_applicant: bool = False
    names_demands: bool = False
    names_savings: bool = False
    can_wait: bool = False
    optional: bool = False
    gathers: bool = False
    daily: bool = False
    templates: str = ""
    version: int = 1

    @property
    def folder(self) -> str:
        """Where its templates are."""
        return self.templates or self.name


KINDS = {
    kind.name: kind
    for kind in (
        Kind("application_received", role="management"),
        Kind("application_refused", role="management", to_applicant=True),
        Kind("member_admitted", role="management"),
        Kind("notice_confirmed", role="management"),
        Kind("membership_ended", role="management"),
        Kind("shares_changed", role="management"),
        Kind("member_excluded", role="management"),
        Kind("term_ending", role="management"),
        Kind("member_succeeded", role="management"),
        Kind("repayment_due", role="finance"),
        Kind("demands_received", collected=True, names_demands=True, can_wait=True),
        Kind("demands_rejected", collected=True, names_demands=True),
        Kind("question_asked"),
        Kind("proposal_made"),
        Kind("details_asked"),
        Kind("answer_due"),
        Kind("proposal_lapsed"),
        Kind("demand_lapsed"),
        Kind("similar_found", collected=True, can_wait=True, optional=True),
        Kind("approval_requested", role="management"),
        Kind("approval_due", role="management"),
        Kind("approval_limit", role="management"),
        Kind("round_missed"),
        Kind("round_opened"),
        Kind("round_invitation", names_demands=True, optional=True),
        Kind("round_reminder", names_demands=True, optional=True),
        Kind("round_closed", names_demands=True, can_wait=True),
        Kind("bundle_result", role="finance"),
        Kind("order_to_kid"),
        Kind("order_confirmed"),
        Kind("order_refused"),
        Kind("delivery"),
        Kind("delivery_late", can_wait=True),
        Kind("cost_statement", role="finance"),
        Kind("round_report", role="management", names_savings=True, can_wait=True),
        Kind("capacity_low"),
        Kind("capacity_exhausted"),
        Kind("record_anchored", role="management", collected=True, can_wait=True),
        Kind("solution_news", collected=True, can_wait=True),
        Kind("monthly_costs", role="finance", can_wait=True),
        Kind("pilot_opened", role="management", can_wait=True, optional=True),
        Kind("pilot_interest", role="management", can_wait=True, optional=True),
        Kind("pilot_started", role="management"),
        Kind("pilot_lapsed", role="management", can_wait=True, optional=True),
        Kind("tender_need"),
        Kind("tender_revised", templates="tender_need", daily=True, can_wait=True),
        Kind("tender_decided"),
        Kind("tender_dropped"),
        Kind("contact_bounced", role="management", can_wait=True),
        *(
            Kind(
                f"digest_{role}",
                role=role,
                collected=True,
                names_demands=True,
                can_wait=True,
                gathers=True,
                templates="digest",
            )
            for role in ("it", "finance", "management")
        ),
    )
}
"""The kinds by name."""
