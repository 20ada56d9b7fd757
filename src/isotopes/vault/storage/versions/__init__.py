"""The versions of the schema, one file each: how a vault of the version before becomes this one.

Alembic reads these files and runs `upgrade`, in the transaction that also writes the new number; a
vault of any of these versions reaches the newest in one go. SQLite alters few things in place, so
a step uses `op.batch_alter_table`, which rebuilds the table there and alters it on PostgreSQL.
Foreign keys are enforced meanwhile: a step that rebuilds a table to which others refer has to
begin with `PRAGMA defer_foreign_keys = ON` on SQLite.
"""
