"""Version 3 knows which folder a picture was marked in, as an isotope may have several."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Earlier pictures get "", which means that the folder isn't known."""
    folder = sa.Column("folder", sa.String(), nullable=False, server_default="")
    with op.batch_alter_table("vault_files") as files:
        files.add_column(folder)
    with op.batch_alter_table("vault_files") as files:
        files.alter_column("folder", server_default=None)
