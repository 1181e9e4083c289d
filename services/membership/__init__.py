"""Membership: who belongs to the cooperative, since and until when, and whom to write to.

Reads    membership.applied, .step_taken, .decided, .notice_given, .excluded, .term_changed,
         .succeeded, .shares_subscribed, .shares_changed, .shares_transferred, .details_changed;
         register.corrected, contacts.changed; notification.sent, notification.erased,
         contact.bounced, .unsubscribed, .erasure_requested
States   application.received, .progressed, .refused, .erased; contact.erased;
         member.admitted, .changed, .notice_confirmed, .excluded, .term_ending, .succeeded,
         .left; repayment.due
By clock a fixed term is about to end, a successor takes a member's place, shares or a
         membership end and their repayment becomes due, a refused applicant is forgotten
"""
