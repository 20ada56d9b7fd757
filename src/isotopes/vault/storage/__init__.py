"""Where a vault is stored: tables, rows and transactions, on SQLite or PostgreSQL."""
