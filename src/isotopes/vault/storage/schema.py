"""The ledger's tables, the same on SQLite and PostgreSQL, and their version."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

# Goes up with any change below, and `versions/` gets a step; no other version is ever written to.
SCHEMA_VERSION = 3
# What `isotopes vault upgrade` takes. Version 1 isn't: its commitments are of a form that nothing
# checks any more.
UPGRADABLE = ("2",)

metadata = MetaData()


class Blob(LargeBinary):
    """Bytes as the driver gives them: `bytes(value)` of a number that stands there is its size."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        return None


# schema_version, vault_id, created and sealing. Each must be there: a missing row means nothing.
meta = Table(
    "vault_meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
)

# The fields of Isotope, but for root and salt: those are `secret`, 64 bytes, sealed or not.
isotopes = Table(
    "vault_isotopes",
    metadata,
    Column("name", String, primary_key=True),
    Column("family", String, nullable=False),
    Column("family_version", Integer, nullable=False),
    Column("options", JSON, nullable=False),
    Column("alpha", Float(53), nullable=False),
    Column("label", String),
    Column("decoys", Integer, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("created", String, nullable=False),
    Column("beacon_source", String),
    Column("beacon", String),
    Column("commitment", String, nullable=False, unique=True),
    Column("source", String, nullable=False),
    Column("secret", Blob, nullable=False),
)

# The hashes are part of the key: a name that comes again with other content (a second folder, a
# retouched original) is one more row, and no row is ever replaced.
files = Table(
    "vault_files",
    metadata,
    Column("isotope", String, ForeignKey(isotopes.c.name, onupdate="CASCADE"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("sha256_before", String, primary_key=True),
    Column("sha256_after", String, primary_key=True),
    Column("marked", Boolean, nullable=False),
    Column("pixels", String, nullable=False),
    Column("likeness", String, nullable=False),
    Column("added", String, nullable=False),
    Column("folder", String, nullable=False),
)

# Time stamps, by the digest of what they stamp.
stamps = Table(
    "vault_stamps",
    metadata,
    Column("digest", String, primary_key=True),
    Column("token", Blob, primary_key=True),
    Column("authority", String, nullable=False),
)
