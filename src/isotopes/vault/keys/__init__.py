"""Keys in a vault: sealed under a passphrase, or bare."""
