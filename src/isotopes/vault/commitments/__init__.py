"""What was fixed before publication, and how that is proved: receipts, openings, time stamps."""
