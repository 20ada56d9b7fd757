"""The sentence "not for training models" in an XMP packet: PLUS's DataMining property.

Reference: IPTC Photo Metadata Standard 2023.1, "Data Mining"; PLUS vocabulary of LDF 2.0.0.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from xml.parsers import expat

from isotopes.errors import PhotoError
from isotopes.photos.metadata.cleaned import NOT_UNDERSTOOD, Cleaned
from isotopes.photos.metadata.xmp import Packet, decode, without
from isotopes.photos.metadata.xmp_walk import DECLARATION, walk

PLUS, PROPERTY = "http://ns.useplus.org/ldf/xmp/1.0/", "DataMining"
PROHIBITED = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING"
DESCRIPTION = "Description"
PADDING = re.compile(rb"[ \t\r\n]+(?=<\?xpacket end)")
NEW = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description rdf:about="" xmlns:plus="{PLUS}" plus:{PROPERTY}="{PROHIBITED}"/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
).encode()


def with_opt_out(packet: bytes | None) -> Cleaned:
    """The packet with this sentence instead of whatever it said about data mining.

    Args:
        packet: as it stands in the file; None if there is none.

    Everything else stays as it is, up to the padding at the end. A packet that isn't well-formed is
    replaced by one that says nothing else.
    """
    if not packet:
        return Cleaned(NEW)
    try:
        decoded = decode(packet)
        found = walk(decoded.text, _is_ours, lambda *_: None)
        if [one.text for one in found.values if _is_ours(one.uri, one.name)] == [PROHIBITED]:
            return Cleaned(packet)
        return Cleaned(_inserted(decoded, without(decoded.text, found.cuts)))
    except PhotoError:
        return Cleaned(NEW, (NOT_UNDERSTOOD,))


def _is_ours(uri: str, name: str) -> str | None:
    return "said anew" if (uri, name) == (PLUS, PROPERTY) else None


def _inserted(decoded: Packet, text: bytes) -> bytes:
    place = _after_tag_name(text)
    prefix = next(one for one in _prefixes() if f"xmlns:{one}=".encode() not in text)
    sentence = f' xmlns:{prefix}="{PLUS}" {prefix}:{PROPERTY}="{PROHIBITED}"'.encode()
    told = text[:place] + sentence + text[place:]
    spare = PADDING.search(told)
    if spare is not None:
        # Packets come with padding for changes like this one: the file's other parts stay in place.
        kept = max(1, len(spare.group()) - len(sentence))
        told = told[: spare.start()] + spare.group()[:kept] + told[spare.end() :]
    if decoded.encoding == "utf-8":
        return decoded.encode(told)
    # These formats want UTF-8 (XMP, part 3), and readers believe it.
    return DECLARATION.sub(b"", told, count=1)


def _prefixes() -> Iterator[str]:
    yield "plus"
    yield from (f"plus{number}" for number in itertools.count(2))


def _after_tag_name(text: bytes) -> int:
    """Where the attributes of the first rdf:Description begin.

    Raises:
        PhotoError: there is none.
    """
    found: list[int] = []
    parser = expat.ParserCreate("utf-8")

    def begin(tag: str, _: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == DESCRIPTION and not found:
            found.append(parser.CurrentByteIndex + 1 + len(tag.encode()))

    parser.StartElementHandler = begin
    blank = DECLARATION.sub(lambda one: b" " * len(one.group()), text, count=1)
    try:
        parser.Parse(blank.replace(b"\0", b" "), True)
    except expat.ExpatError as error:
        raise PhotoError(f"XMP can't be read: {error}") from error
    if not found:
        raise PhotoError("XMP says nothing of any picture")
    return found[0]
