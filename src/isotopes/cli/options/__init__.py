"""Options that several commands have, declared once, and the groups that commands hand on."""
