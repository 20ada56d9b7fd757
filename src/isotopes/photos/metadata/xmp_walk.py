"""One walk through an XMP packet: what it says, and which parts must be cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.parsers import expat

from isotopes.errors import PhotoError
from isotopes.photos.metadata.xmp_rules import DEFAULT_PREFIXES, RDF, XML

XMLNS = "xmlns"
DECLARATION = re.compile(rb"\s*<\?xml\s[^>]*\?>")  # tells the encoding of the file, not of our text
ATTRIBUTE = re.compile(rb"\s+([^\s=]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
MOST_ABOVE = 2  # x:xmpmeta and rdf:RDF, above an rdf:Description whose children are properties

Judge = Callable[[str, str], str | None]


class Value(NamedTuple):
    """A text in a packet, and the property it belongs to."""

    uri: str
    name: str
    text: str


class Cut(NamedTuple):
    """A part of the packet that has to go, and why."""

    start: int
    end: int
    why: str


@dataclass
class Walked:
    """What a walk found."""

    cuts: list[Cut] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)


@dataclass
class _Element:
    """An open element: its name, where it stands, the prefixes in force, its text so far."""

    uri: str
    name: str
    start: int
    prefixes: Mapping[str, str]
    text: list[str] = field(default_factory=list)
    doomed: str | None = None

    @property
    def is_description(self) -> bool:
        return self.uri == RDF and self.name == "Description"


def walk(text: bytes, judge_name: Judge, judge_value: Judge) -> Walked:
    """Read a packet.

    Args:
        text: UTF-8.
        judge_name: why a property of this namespace and name may not stay; None if it may.
        judge_value: the same for a namespace and a value.

    If anything inside a property may not stay, the whole property goes: a thumbnail's size says
    nothing without the thumbnail.

    Raises:
        PhotoError: not well-formed XML, or with a document type.
    """
    walker = _Walker(text, judge_name, judge_value)
    try:
        walker.parse()
    except (expat.ExpatError, ValueError) as error:
        raise PhotoError(f"XMP can't be read: {error}") from error
    return walker.walked


class _Walker:
    def __init__(self, text: bytes, judge_name: Judge, judge_value: Judge) -> None:
        self._text = text
        self._judge_name, self._judge_value = judge_name, judge_value
        self._open: list[_Element] = []
        self._property: _Element | None = None  # the open one whose parent is a description
        self.walked = Walked()
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._take_text
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.CommentHandler = lambda text: self._judge_aside(text, b"-->")
        self._parser.ProcessingInstructionHandler = lambda _, text: self._judge_aside(text, b"?>")

    def parse(self) -> None:
        # Blanked, so that offsets stay right: padding of zeros, and the declaration of an encoding.
        blank = DECLARATION.sub(lambda found: b" " * len(found.group()), self._text, count=1)
        self._parser.Parse(blank.replace(b"\0", b" "), True)

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        above = self._open[-1] if self._open else None
        prefixes = _declared(attributes, above.prefixes if above else DEFAULT_PREFIXES)
        uri, name = _resolve(tag, prefixes)
        element = _Element(uri, name, self._parser.CurrentByteIndex, prefixes)
        if self._property is None and above is not None and above.is_description:
            self._property = element
        self._open.append(element)
        self._doom(element, self._judge_name(uri, name))
        for attribute, value in attributes.items():
            if attribute.partition(":")[0] != XMLNS:
                self._judge_attribute(element, attribute, value)

    def _judge_attribute(self, element: _Element, attribute: str, value: str) -> None:
        uri, name = _resolve(attribute, element.prefixes) if ":" in attribute else ("", attribute)
        self.walked.values.append(Value(uri or element.uri, name, value))
        why = self._judge_value(self._owner(uri or element.uri), value)
        if uri and why is None:
            why = self._judge_name(uri, name)
        if why is None or not self._is_top(element):
            self._doom(element, why)
            return
        end = self._end_of_tag(element.start)
        for found in ATTRIBUTE.finditer(self._text, element.start, end):
            if found.group(1).decode() == attribute:
                self.walked.cuts.append(Cut(found.start(), found.end(), why))

    def _take_text(self, text: str) -> None:
        self._open[-1].text.append(text)

    def _end(self, _: str) -> None:
        element = self._open[-1]
        if text := "".join(element.text).strip():
            self.walked.values.append(Value(element.uri, element.name, text))
            self._doom(element, self._judge_value(self._owner(element.uri), text))
        self._open.pop()
        if element is self._property:
            self._property = None
        if element.doomed is not None:
            end = self._end_of_tag(self._parser.CurrentByteIndex)
            self.walked.cuts.append(Cut(element.start, end, element.doomed))

    def _judge_aside(self, text: str, closing: bytes) -> None:
        """Comments and processing instructions belong to no property; they go alone."""
        start = self._parser.CurrentByteIndex
        if why := self._judge_value("", text):
            end = self._text.index(closing, start) + len(closing)
            self.walked.cuts.append(Cut(start, end, why))

    def _owner(self, uri: str) -> str:
        """The namespace whose value a text is: of a list's item, that of the property around it."""
        if uri not in {RDF, XML}:
            return uri
        around = (element.uri for element in reversed(self._open) if element.uri != RDF)
        return next(around, uri)

    def _is_top(self, element: _Element) -> bool:
        """Whether the element's attributes are properties of the picture."""
        return element.is_description and self._property is None

    def _doom(self, element: _Element, why: str | None) -> None:
        goes = self._property or element
        goes.doomed = goes.doomed or why

    def _end_of_tag(self, start: int) -> int:
        """Where the tag that begins here ends; a ">" in quotes doesn't count."""
        position = start
        while (character := self._text[position : position + 1]) not in {b">", b""}:
            if character in {b'"', b"'"}:
                position = self._text.index(character, position + 1)
            position += 1
        return position + 1


def _refuse(*_: object) -> None:
    raise ValueError("a document type")


def _declared(attributes: Mapping[str, str], above: Mapping[str, str]) -> Mapping[str, str]:
    declared = {
        name.partition(":")[2]: uri
        for name, uri in attributes.items()
        if name.partition(":")[0] == XMLNS
    }
    return {**above, **declared} if declared else above


def _resolve(tag: str, prefixes: Mapping[str, str]) -> tuple[str, str]:
    """Namespace and local name; an unknown prefix stands for itself."""
    prefix, _, name = tag.rpartition(":")
    return prefixes.get(prefix, prefix), name
