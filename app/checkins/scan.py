"""Read the QR code of a photographed poster or screen, for phones whose browser cannot. Nothing is stored."""

from __future__ import annotations

import zxingcpp

from app.checkins.errors import NothingFound
from app.checkins.rules import parse_credential
from app.core.pictures import decoding, grey_pixels, open_picture

SIDE_MAX = 3000
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def read_code(image: bytes) -> str:
    """Return what the QR code in a photo says; of several, the one that names a station.

    Raises: InvalidInput for what is no usable photo; NothingFound; ServiceBusy when others have waited too long.
    """
    picture = open_picture(image, field="image")
    with decoding():
        grey = grey_pixels(picture, side_max=SIDE_MAX, field="image")
        found = [code.text for code in zxingcpp.read_barcodes(grey, formats=_QR)]
    texts = [text for text in found if text.strip()]
    if not texts:
        raise NothingFound
    return next((text for text in texts if parse_credential(text) is not None), texts[0])
