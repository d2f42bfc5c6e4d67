"""Pictures that are made to take time or memory."""

import io
import struct
import zlib

from PIL import Image


def progressive_jpeg() -> bytes:
    """Half a megabyte whose last scan, 15 bytes, comes again and again: each time all blocks are gone through."""
    file = io.BytesIO()
    Image.new("RGB", (4000, 4000)).save(file, "JPEG", progressive=True)
    content = file.getvalue()
    scan = content.rindex(b"\xff\xda")
    return content[:-2] + content[scan:-2] * (500_000 // (len(content) - 2 - scan)) + content[-2:]


def comment_gif() -> bytes:
    """18 MB of comments, each of one byte."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(6)
    return head + b"\x21\xfe" + b"\x01a" * 9_000_000 + b"\0" + b"\x2c" + bytes(8) + b"\0\x02\x02\x44\x01\0\x3b"


def large_webp() -> bytes:
    """Fifty million pixels in some kilobytes."""
    file = io.BytesIO()
    Image.new("RGB", (16383, 3051)).save(file, "WEBP", lossless=True, method=0)
    return file.getvalue()


def narrow_png() -> bytes:
    """A column of fifty million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes(2 * 49_999_999), 1)
    header = struct.pack(">IIBBBBB", 1, 49_999_999, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


BOMBS = {
    "progressive JPEG": progressive_jpeg,
    "GIF of comments": comment_gif,
    "WebP 16383x3051": large_webp,
    "PNG 1x49999999": narrow_png,
}
