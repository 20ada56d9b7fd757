"""How soon is a passphrase guessed by somebody who has the vault's file?"""

from __future__ import annotations

import math

GUESS_SECONDS = 0.4  # scrypt at our cost, on one core
WEAK_GUESSES = 10**10  # 46 days on a thousand cores
LONGEST = 72  # characters; zxcvbn takes no more, and more make no passphrase weaker


def describe_weakness(passphrase: str) -> str | None:
    """What is wrong with a passphrase, in words that don't repeat it; None if it will do.

    zxcvbn estimates how many guesses it takes: it knows common passwords, words, names, dates,
    keyboard rows and repetitions, which rules about capitals and digits don't.

    >>> describe_weakness("a")
    'this passphrase is weak: about 12 guesses find it, 5 seconds on one computer'
    >>> describe_weakness("correct horse battery staple") is None
    True
    """
    from zxcvbn import zxcvbn

    if not passphrase:
        return None  # refused where it is used
    guesses = float(zxcvbn(passphrase[:LONGEST])["guesses"])
    if guesses >= WEAK_GUESSES:
        return None
    return (
        f"this passphrase is weak: about {guesses:,.0f} guesses find it,"
        f" {_duration(guesses * GUESS_SECONDS)} on one computer"
    )


def _duration(seconds: float) -> str:
    units = {"years": 365 * 86400, "days": 86400, "hours": 3600, "minutes": 60}
    for unit, length in units.items():
        if seconds >= 2 * length:
            return f"{math.floor(seconds / length):,} {unit}"
    return f"{seconds:.0f} seconds"
