"""From what happened to a mail on its way.

Rooms: `wording` (German figures and dates), `rules` (broken rules in German), `views` (many
events in one list), `compose` (subject, HTML, text), `message` (the bytes), `transport` (SMTP),
`returns` (delivery reports),
`samples` and `preview` (every kind to look at). Each kind's texts lie in `templates/<kind>/`.
"""
