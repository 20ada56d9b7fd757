"""Whether a service may see a person's own pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from isotopes.cli.terminal import somebody_answers, tell
from isotopes.errors import IsotopesError

if TYPE_CHECKING:
    from isotopes.verify import Plan


@dataclass
class OwnPicturesShown:
    """How many of a person's own pictures a check shows the model, and whether they want that.

    They were found in the folder that was marked, so a person who names a service may not think of
    them. A service sees them only if the person names their folder, or agrees when asked.

    Attributes:
        named: the person gave their folder (--mine).
        count: how many at most; known once the plan is.
        views: each is also shown cropped and mirrored.
    """

    named: bool
    count: int = 0
    views: bool = False

    def announce(self, plan: Plan) -> None:
        """Print the plan's hash, and count its own pictures."""
        tell(f"plan {plan.hash}")
        self.count, self.views = len(plan.own), bool(plan.views)

    def need_consent(self, yes: bool) -> str:
        """What the question before asking a service says about own pictures.

        Args:
            yes: the user gave --yes, so no question is asked.

        Raises:
            IsotopesError: no question is asked, and the user hasn't named the folder.
        """
        if not self.count:
            return ""
        if not self.named and (yes or not somebody_answers()):
            raise IsotopesError(
                f"this check would show a service {self.count} of your own pictures, and --yes"
                " doesn't cover them",
                hint="--mine FOLDER shows the pictures in it, each with the mark or a decoy and"
                " never unmarked; --not-mine leaves your pictures out",
            )
        again = ", as it is and in another view" * self.views
        return (
            f" and show it {self.count} of your own pictures, each with the mark or a decoy{again}"
        )
