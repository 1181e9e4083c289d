"""Membership: who belongs to the cooperative, since and until when, and whom to write to.

Reads    membership.applied, membership.decided, membership.notice_given,
         membership.shares_changed, contacts.changed
States   application.received, application.refused, member.admitted, member.changed,
         member.notice_confirmed, member.left
By clock a membership under notice ends with its last day
"""
