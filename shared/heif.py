"""Finds a HEIF that is cut: libheif decodes it all the same and fills what is missing with grey."""


def is_cut(data: bytes) -> bool:
    """Whether the last box of the file (ISO 14496-12) ends behind its end."""
    place = 0
    while place + 8 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        if size == 1:  # the real size follows in 64 bits
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        if size == 0:  # to the end of the file
            return False
        place += max(size, 8)
    return place > len(data)
