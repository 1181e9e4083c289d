"""The `kitu` command: speak to the suite from a shell, exactly as an outside system does.

Rooms: `app` (the commands), `files` (JSON and CSV into drafts), `messages` (drafts into checked
CloudEvents), `wire` (the broker), `lines` (events as one line for people), `showing` (a service's
state), `catalogue` (types, schemas, examples).
"""
