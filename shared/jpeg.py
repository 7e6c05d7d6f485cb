"""Counts the scans of a JPEG without decoding it (ITU-T T.81, annex B)."""

import re

# Inside a scan 0xFF is followed by 0 (a byte of data) or D0..D7 (a restart); anything else ends it.
MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])", re.DOTALL)
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
WITHOUT_LENGTH = (0x01, 0xD8)


def scans(data: bytes) -> int:
    """Scans of the first image; what lies behind it, as a motion photo's film does, is not looked at."""
    place = count = 0
    while match := MARKER.search(data, place):
        kind, place = match[1][0], match.end()
        if kind == END_OF_IMAGE:
            break
        count += kind == START_OF_SCAN
        if kind not in WITHOUT_LENGTH:
            place += int.from_bytes(data[place : place + 2], "big")
    return count
