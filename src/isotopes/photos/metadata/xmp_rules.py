"""Which properties of XMP may stay: known namespaces, and what their values may not hold."""

from __future__ import annotations

import re

from isotopes.photos.metadata.cleaned import (
    ANNOUNCED,
    C2PA,
    NOT_UNDERSTOOD,
    POSITION,
    THUMBNAIL,
    Purpose,
)
from isotopes.photos.metadata.pictures import shows_picture
from isotopes.photos.metadata.position_text import (
    names_position,
    tells_coordinates,
    tells_position,
)

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = "http://www.w3.org/XML/1998/namespace"
META = "adobe:ns:meta/"
DCTERMS = "http://purl.org/dc/terms/"
ADOBE = "http://ns.adobe.com/"
THUMBNAILS = f"{ADOBE}xap/1.0/g/img/"
LOOKUP_TABLES = f"{ADOBE}camera-raw-settings/1.0/"  # long texts that hold no pictures
BINARY_TEXT = re.compile(r"[A-Za-z0-9+/=_-]{2048,}")

# Many decimal fractions and tables, which are settings and areas; the rest may be what people type.
MEASURES = {
    LOOKUP_TABLES,
    f"{ADOBE}camera-raw-defaults/1.0/",
    f"{ADOBE}camera-raw-saved-settings/1.0/",
    f"{ADOBE}xap/1.0/g/",
    f"{ADOBE}xap/1.0/sType/Dimensions#",
    f"{ADOBE}xmp/sType/Area#",
    "http://ns.google.com/photos/1.0/panorama/",
}

# Properties here hold a position only in fields whose names or values say so.
HARMLESS = {
    "http://purl.org/dc/elements/1.1/",
    DCTERMS,
    f"{ADOBE}xap/1.0/",
    f"{ADOBE}xap/1.0/rights/",
    f"{ADOBE}xap/1.0/mm/",
    f"{ADOBE}xap/1.0/bj/",
    f"{ADOBE}xap/1.0/t/pg/",
    f"{ADOBE}xap/1.0/g/",
    f"{ADOBE}xap/1.0/sType/Dimensions#",
    f"{ADOBE}xap/1.0/sType/Font#",
    f"{ADOBE}xap/1.0/sType/Job#",
    f"{ADOBE}xap/1.0/sType/ResourceEvent#",
    f"{ADOBE}xap/1.0/sType/ResourceRef#",
    f"{ADOBE}xap/1.0/sType/Version#",
    f"{ADOBE}xmp/note/",
    f"{ADOBE}xmp/sType/Area#",
    f"{ADOBE}tiff/1.0/",
    f"{ADOBE}exif/1.0/",
    f"{ADOBE}exif/1.0/aux/",
    f"{ADOBE}photoshop/1.0/",
    f"{ADOBE}camera-raw-settings/1.0/",
    f"{ADOBE}camera-raw-defaults/1.0/",
    f"{ADOBE}camera-raw-saved-settings/1.0/",
    f"{ADOBE}lightroom/1.0/",
    f"{ADOBE}pdf/1.3/",
    "http://cipa.jp/exif/1.0/",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "http://ns.useplus.org/ldf/xmp/1.0/",
    "http://www.metadataworkinggroup.com/schemas/regions/",
    "http://ns.google.com/photos/1.0/panorama/",
    "http://creativecommons.org/ns#",
    "http://ns.microsoft.com/photo/1.0/",
    "http://ns.microsoft.com/photo/1.2/",
}

# These describe a second picture, a film or a map behind or inside the file.
ANNOUNCING = {
    "http://ns.google.com/photos/1.0/camera/",
    "http://ns.google.com/photos/1.0/container/",
    "http://ns.google.com/photos/1.0/container/item/",
    "http://ns.google.com/photos/1.0/depthmap/",
    "http://ns.google.com/photos/1.0/image/",
    "http://ns.google.com/photos/1.0/audio/",
    "http://ns.google.com/photos/1.0/creations/",
    "http://ns.google.com/photos/1.0/focus/",
    "http://ns.google.com/photos/dd/1.0/device/",
    "http://ns.google.com/photos/dd/1.0/container/",
    "http://ns.google.com/photos/dd/1.0/item/",
    "http://ns.google.com/photos/dd/1.0/camera/",
    "http://ns.google.com/photos/dd/1.0/depthmap/",
    "http://ns.google.com/photos/dd/1.0/image/",
    "http://ns.google.com/photos/dd/1.0/imagingmodel/",
    "http://ns.google.com/photos/dd/1.0/profile/",
    "http://ns.google.com/photos/dd/1.0/pose/",
    "http://ns.google.com/photos/dd/1.0/plane/",
    "http://ns.google.com/photos/dd/1.0/pointcloud/",
    "http://ns.google.com/photos/dd/1.0/lightestimate/",
    "http://ns.google.com/photos/dd/1.0/earthpose/",
    "http://ns.google.com/photos/dd/1.0/vendorinfo/",
    "http://ns.google.com/photos/dd/1.0/appinfo/",
    f"{ADOBE}hdr-gain-map/1.0/",
    "http://ns.apple.com/HDRGainMap/1.0/",
    "http://ns.apple.com/pixeldatainfo/1.0/",
    "http://ns.apple.com/depthData/1.0/",
    "http://ns.apple.com/depthBlurEffect/1.0/",
    "http://ns.apple.com/semanticSegmentationMatte/1.0/",
    "http://ns.apple.com/portraitEffectsMatte/1.0/",
    "http://ns.xiaomi.com/photos/1.0/camera/",
    "http://ns.oplus.com/photos/1.0/camera/",
    "http://ns.oppo.com/photos/1.0/camera/",
    "http://ns.vivo.com/photos/1.0/camera/",
    "http://ns.honor.com/photos/1.0/camera/",
    "http://ns.huawei.com/photos/1.0/camera/",
    "http://ns.samsung.com/photos/1.0/camera/",
}

WHY = {**dict.fromkeys(ANNOUNCING, ANNOUNCED), THUMBNAILS: THUMBNAIL}

# For packets that forget to declare the usual ones.
DEFAULT_PREFIXES = {
    "": "",
    "xml": XML,
    "x": META,
    "rdf": RDF,
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": DCTERMS,
    "xmp": f"{ADOBE}xap/1.0/",
    "xap": f"{ADOBE}xap/1.0/",
    "xmpGImg": f"{ADOBE}xap/1.0/g/img/",
    "xmpMM": f"{ADOBE}xap/1.0/mm/",
    "xmpNote": f"{ADOBE}xmp/note/",
    "exif": f"{ADOBE}exif/1.0/",
    "tiff": f"{ADOBE}tiff/1.0/",
    "photoshop": f"{ADOBE}photoshop/1.0/",
    "GCamera": "http://ns.google.com/photos/1.0/camera/",
    "Container": "http://ns.google.com/photos/1.0/container/",
    "Item": "http://ns.google.com/photos/1.0/container/item/",
    "hdrgm": f"{ADOBE}hdr-gain-map/1.0/",
}


def why_not(uri: str, name: str, purpose: Purpose) -> str | None:
    """Why a property of this namespace and name may not stay; None if it may."""
    if uri in {RDF, META, XML}:
        return None
    if (uri, name) == (DCTERMS, "provenance"):
        return C2PA
    why = WHY.get(uri)
    if why is None and purpose is Purpose.NO_POSITION:
        if names_position(name):
            return POSITION
        return None if uri in HARMLESS else NOT_UNDERSTOOD
    return why


def why_not_value(uri: str, value: str, purpose: Purpose) -> str | None:
    """Why a property with this value may not stay; None if it may."""
    if shows_picture(value.encode()):
        return THUMBNAIL
    if uri != LOOKUP_TABLES and BINARY_TEXT.search(value):
        return NOT_UNDERSTOOD
    if purpose is Purpose.NO_POSITION:
        tells = tells_coordinates if uri in MEASURES else tells_position
        return POSITION if tells(value) else None
    return None
