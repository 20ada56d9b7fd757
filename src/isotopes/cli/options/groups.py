"""Groups of options: a command takes a dataclass, and Typer sees one option for each of its fields.

So options that belong together are declared once, read at once and handed on as one value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, cast, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """The command for Typer: the fields of each dataclass replace its parameter."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if is_dataclass(hint)}
    parameters: list[Parameter] = []
    for parameter in signature(command).parameters.values():
        if parameter.name in groups:
            parameters += _parameters(groups[parameter.name])
        else:
            hint = hints[parameter.name]
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=hint))

    @wraps(command)
    def call(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = cast(type, group)(
                **{one.name: given.pop(one.name) for one in fields(group)}
            )
        command(**given)

    vars(call)["__signature__"] = Signature(parameters)
    call.__annotations__ = {one.name: one.annotation for one in parameters}
    return call


def _parameters(group: Any) -> Iterator[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        yield Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=_default(field),
            annotation=hints[field.name],
        )


def _default(field: Field[Any]) -> Any:
    return Parameter.empty if field.default is MISSING else field.default
