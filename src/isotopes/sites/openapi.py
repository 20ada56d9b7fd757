"""The OpenAPI description of the service, as `GET /openapi.json` returns it."""

from __future__ import annotations

from typing import Any

from isotopes import __version__
from isotopes.photos.formats import FORMATS

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_ERROR = {
    "application/json": {"schema": {"type": "object", "properties": {"error": {"type": "string"}}}}
}
_PICTURES = dict.fromkeys((known.media_type for known in FORMATS), _BINARY)
_REFUSALS = {
    "400": "no user, or no picture",
    "401": "no token, or one that is not allowed",
    "408": "the picture took too long to arrive",
    "413": "the file is too large",
    "422": "no picture, or one that can't be marked: publish it as it is, or not at all",
    "429": "the user's quota for today is used up",
    "503": "too many at once, or the vault can't be used: try again",
}

OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "isotopes",
        "version": __version__,
        "description": "Marks pictures at upload, with a secret key for each user.",
    },
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/mark": {
            "post": {
                "summary": "A picture in, the same picture with the user's mark out",
                "description": "The same picture of the same user gives the same bytes.",
                "security": [{"token": []}],
                "parameters": [
                    {
                        "name": "user",
                        "in": "query",
                        "required": True,
                        "schema": {"type": "string", "maxLength": 128},
                        "description": "the site's name for the user; letters, digits and ._@+-",
                    }
                ],
                "requestBody": {"required": True, "content": _PICTURES},
                "responses": {
                    "200": {"description": "the marked picture", "content": _PICTURES},
                    **{
                        code: {"description": why, "content": _ERROR}
                        for code, why in _REFUSALS.items()
                    },
                },
            }
        },
        "/health": {
            "get": {
                "summary": "Can pictures be marked now?",
                "responses": {"200": {"description": "yes"}, "503": {"description": "no"}},
            }
        },
        "/metrics": {
            "get": {
                "summary": "Figures for Prometheus",
                "responses": {"200": {"description": "in Prometheus's text format"}},
            }
        },
    },
}
