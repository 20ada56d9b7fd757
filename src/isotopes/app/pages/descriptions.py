"""The description of a model that a form means: its fields, or its text as it stands."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from isotopes.app.words import words
from isotopes.errors import IsotopesError
from isotopes.targets.drafts import AnswerFields, NetworkFields, ServiceFields

NETWORK, SERVICE = "network_", "service_"  # how the fields of these forms begin
PREFIXES = (NETWORK, SERVICE)  # no job keeps them: the description says what they say


def description_of(form: Mapping[str, str]) -> str:
    """The description as TOML; "" for a model that needs none.

    Raises:
        IsotopesError: something is still missing, or not a number.
    """
    text = form.get("description", "")
    if form.get("as_text"):
        return text
    if any(name.startswith(NETWORK) for name in form):
        return _of_network(NetworkFields.of_form(form, NETWORK), text)
    if any(name.startswith(SERVICE) for name in form):
        if not form.get(f"{SERVICE}form"):
            raise IsotopesError(words()["check"]["not_tried"])
        return service_of(form).to_toml()
    return text


def service_of(form: Mapping[str, str]) -> ServiceFields:
    """What the form says.

    Raises:
        IsotopesError: a field needs a number and holds something else.
    """
    url = form.get("shown", "")
    named = form.get("service_variable", "").strip()
    variable = named or key_variable(url)
    value = form.get("service_value", "").replace("KEY", f"${{{variable}}}")
    return ServiceFields(
        url,
        form.get("service_header", "").strip(),
        value if named or variable in os.environ else "",
        form.get("service_body", ""),
        _number(form, "service_price", float),
        form.get("service_format") or "png",
        _number(form, "service_longest", int),
        AnswerFields(
            form.get("service_form") or "objects",  # type: ignore[arg-type]  # read strictly later
            form.get("service_at", ""),
            form.get("service_label", ""),
            form.get("service_score", ""),
            form.get("service_unit") or "probability",
            _number(form, "service_limit", int),
        ),
    )


def keep_key(form: Mapping[str, str]) -> None:
    """Take the typed key into this process's environment: it is never stored."""
    if key := form.get("service_key", "").strip():
        os.environ[key_variable(form.get("shown", ""))] = key


def key_variable(url: str) -> str:
    """The environment variable that holds the key to this service."""
    host = re.sub(r"[^A-Z0-9]", "_", (urlsplit(url).hostname or "").upper())
    return f"TARGET_KEY_{host}"


def _of_network(fields: NetworkFields, base: str) -> str:
    missing = fields.missing(base)
    if missing:
        names = "; ".join(dict.fromkeys(words()["network"][name] for name in missing))
        raise IsotopesError(words()["network"]["missing"].format(names=names))
    return fields.to_toml(base)


def _number(form: Mapping[str, str], name: str, kind: Any) -> Any:
    given = form.get(name, "").strip()
    try:
        return kind(given) if given else None
    except ValueError:
        raise IsotopesError(words()["service"]["no_number"].format(given=given[:40])) from None
