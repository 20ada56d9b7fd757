"""The opt-out note as a signed statement: C2PA's training and data mining assertion.

Everything that C2PA would add beyond it (thumbnails above all) is switched off. The statement names
its signer: it is made for marked and unmarked pictures alike, with a certificate of the user's own.

Reference: C2PA 2.x; CAWG training and data mining assertion 1.1.
"""

from __future__ import annotations

import io

from isotopes.errors import PhotoError
from isotopes.photos.credential import Credential
from isotopes.photos.formats import recognise

LABEL = "cawg.training-mining"
USES = ("ai_training", "ai_generative_training", "data_mining", "ai_inference")
MANIFEST = {
    "claim_generator_info": [{"name": "isotopes"}],
    "assertions": [
        {
            "label": LABEL,
            "data": {"entries": {f"cawg.{use}": {"use": "notAllowed"} for use in USES}},
        }
    ],
}
SETTINGS = {"builder": {"thumbnail": {"enabled": False}}}


def signed(data: bytes, credential: Credential) -> bytes:
    """The picture file with the signed statement in it.

    Raises:
        PhotoError: no picture, or one that the statement can't be put into.
    """
    import c2pa

    known = recognise(data)
    if known is None:
        raise PhotoError("this kind of file can't hold a signed statement")
    info = c2pa.C2paSignerInfo(
        alg=credential.algorithm.encode(),
        sign_cert=credential.chain,
        private_key=credential.key,
        ta_url=None,
    )
    out = io.BytesIO()
    try:
        with (
            c2pa.Signer.from_info(info) as signer,
            c2pa.Context(c2pa.Settings.from_dict(SETTINGS)) as context,
            c2pa.Builder(MANIFEST, context) as builder,
        ):
            builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
            builder.sign(signer, known.media_type, io.BytesIO(data), out)
    except c2pa.C2paError as error:
        raise PhotoError(f"the statement can't be signed: {error!s:.200}") from error
    return out.getvalue()
