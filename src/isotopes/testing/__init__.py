"""Services to test against: local servers that speak a wire format and misbehave on demand."""

from isotopes.testing.faults import (
    FAULTS,
    Fault,
    hang_up,
    refuse,
    reorder,
    send_half,
    server_error,
    stall,
    throttle,
    truncate_json,
    wrong_schema,
)
from isotopes.testing.server import FakeServer
from isotopes.testing.wire import Request, WireFormat

__all__ = [
    "FAULTS",
    "FakeServer",
    "Fault",
    "Request",
    "WireFormat",
    "hang_up",
    "refuse",
    "reorder",
    "send_half",
    "server_error",
    "stall",
    "throttle",
    "truncate_json",
    "wrong_schema",
]
