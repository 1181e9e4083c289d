"""`make demo`: one whole buying round of the young cooperative, on real parts.

The outside systems (board, KID, 22 members) speak as broker users of their own, through the same
functions as the `kitu` command. What is checked and told at the end comes from the events they
and the operator heard, never from inside the services.

Rooms: `data` (what the systems will say; see there), `systems` (how they say it), `record` (what
was heard), `bad` (messages that must be refused), `kid` (KID's side of an order), `invariants`,
`mails`, `summary`, `play` (the round from beginning to end).

The data. Members and their AGS and postal codes are real, their contacts are offices under
`example` domains; nobody of them said any of this. Everything is counted in pieces (`C62`, days
of work in `DAY`); what is billed `monthly` is paid per piece and month for the line's
`term_months`, so a solution for 25 users over 36 months is 25 pieces. Dates are days from today
(`+60d`), so the data never grows old. Every file goes as it is to `kitu publish`:

    members.csv      membership.applied.v1       demand.csv       demand.submitted.v1
    admissions.csv   membership.decided.v1       changes.csv      demand.changed.v1
    catalogue.csv    catalogue.item_offered.v1   withdrawals.csv  demand.withdrawn.v1
    contracts.json   contract.offered.v1         bad.csv          demand.submitted.v1, all refused

`needs.csv` is more `demand.submitted.v1`: needs in words, with what their category asks for, and a
demand so large that a second person approves it. `bad.json` holds what no file of fields can hold:
broken JSON, wrong versions, forged senders.
"""
