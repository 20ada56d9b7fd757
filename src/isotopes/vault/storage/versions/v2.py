"""Version 2, the oldest that can be upgraded; nothing leads to it."""

revision = "2"
down_revision = None
