"""What one running application knows: its vault, jobs and folders, and who may enter."""

from __future__ import annotations

import os
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from isotopes.app.job_files import Jobs
from isotopes.vault.storage.place import vault_file

if TYPE_CHECKING:
    from isotopes.vault import Vault


@dataclass
class App:
    """The state of a running application.

    Attributes:
        vault: where the vault lies; None for the usual place.
        folder: where the application keeps uploaded models, verdicts and its list of jobs.
        start: where the folder picker begins.
        jobs: marking and checking in the background.
    """

    vault: str | None
    folder: Path
    start: Path
    jobs: Jobs
    _entry: str | None = field(default_factory=lambda: secrets.token_urlsafe(32))
    _session: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    _passphrase: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def entry_token(self) -> str | None:
        """The token of the one link that lets a browser in; None once it was used."""
        return self._entry

    def enter(self, token: str) -> str | None:
        """The session's cookie in exchange for the entry token, which works once; else None."""
        with self._lock:
            if self._entry is None or not secrets.compare_digest(self._entry, token):
                return None
            self._entry = None
            return self._session

    def knows(self, cookie: str) -> bool:
        """Is this the session's cookie?"""
        return secrets.compare_digest(self._session.encode(), cookie.encode())

    @property
    def new(self) -> bool:
        """Is there no vault yet?"""
        file = vault_file(self.vault)
        if file is not None and not os.path.lexists(file):
            return True  # the usual first start doesn't wait for the database to be imported
        return not _vault_class().exists(self.vault)

    @property
    def unlocked(self) -> bool:
        """Can keys be read now?"""
        if self.new:
            return False
        if self._passphrase is not None:
            return True
        with _vault_class().open(self.vault) as vault:
            return not vault.sealed

    def open_vault(self) -> Vault:
        """The vault, with the passphrase that was typed, which is kept only in memory."""
        passphrase = self._passphrase
        return _vault_class().open(self.vault, None if passphrase is None else lambda: passphrase)

    def unlock(self, passphrase: str) -> None:
        """Remember a passphrase if it opens the vault; a new vault is sealed with it.

        Raises:
            WrongPassphrase: it does not open the vault.
            VaultError: a new vault can't be made with it.
        """
        if self.new:
            _vault_class().create(self.vault, lambda: passphrase).close()
        else:
            with _vault_class().open(self.vault, lambda: passphrase) as vault:
                vault.unlock()
        self._passphrase = passphrase

    def lock(self) -> None:
        """Forget the passphrase."""
        self._passphrase = None


def _vault_class() -> type[Vault]:
    """Imported while the browser opens: it takes half of the time until the first page."""
    from isotopes.vault import Vault

    return Vault
