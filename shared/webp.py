"""Reads the size of a WebP without making its decoder, which takes memory for it at once (RFC 9649)."""


def pixels(data: bytes) -> int:
    """Width times height by the header; 0 where it is none."""
    kind, low = data[12:16], int.from_bytes
    if kind == b"VP8X":
        return (low(data[24:27], "little") + 1) * (low(data[27:30], "little") + 1)
    if kind == b"VP8L":
        bits = low(data[21:25], "little")
        return ((bits & 0x3FFF) + 1) * ((bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 ":
        return (low(data[26:28], "little") & 0x3FFF) * (low(data[28:30], "little") & 0x3FFF)
    return 0
