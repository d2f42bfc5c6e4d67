"""Pictures of all kinds: what is refused, and that the digit comes out as if it had been drawn on the pad."""

import io
import os
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from mnist_demo.errors import ImageError
from mnist_demo.handwriting import generator
from mnist_demo.preprocess import decode, pictures, strokes

FOUR = [np.array([[30, 0], [5, 60], [92, 55]], float), np.array([[62, 25], [58, 100]], float)]
TWO = [np.array([[8, 22], [25, 4], [50, 0], [72, 12], [70, 34], [45, 68], [8, 98], [50, 95], [92, 98]], float)]


def drawn(
    strokes_: list[np.ndarray], side: int = 400, size: float = 0.5, at=(0.25, 0.25), pen: float = 0.05
) -> Image.Image:
    """Black ink on white paper, as a paint program draws; sizes as shares of the side."""
    picture = Image.new("L", (side, side), 255)
    pencil = ImageDraw.Draw(picture)
    width = pen * side
    for stroke in strokes_:
        points = [tuple((point / 100 * size + at) * side) for point in stroke]
        pencil.line(points, fill=0, width=round(width), joint="curve")
        for x, y in points:
            pencil.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=0)
    return picture


def read(picture: Image.Image, kind: str = "PNG", **options) -> np.ndarray:
    """Through a file."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return read_bytes(file.getvalue())


def read_bytes(content: bytes) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "digit.png")
        path.write_bytes(content)
        return pictures.image_from_file(path)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """The ink by which two digits differ, as a share; the centre of mass may have been rounded to another pixel."""
    moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return min(float(np.abs(a - np.roll(b, move, (0, 1))).sum() / a.sum()) for move in moves)


@pytest.mark.parametrize("digit", [FOUR, TWO], ids=["4", "2"])
@pytest.mark.parametrize("pen", [0.03, 0.045, 0.06])
def test_a_picture_is_read_like_the_strokes(digit, pen):
    for size, at in ((0.6, (0.2, 0.2)), (0.8, (0.1, 0.1)), (0.4, (0.5, 0.1)), (0.35, (0.04, 0.6))):
        if pen / size < 0.13:
            assert difference(strokes.image(digit), read(drawn(digit, size=size, at=at, pen=pen))) < 0.22


@settings(max_examples=25, deadline=None)
@given(
    side=st.integers(200, 900),
    size=st.floats(0.35, 0.8),
    right=st.floats(0, 1),
    down=st.floats(0, 1),
    dark=st.booleans(),
    contrast=st.floats(0.3, 1),
)
@example(side=200, size=0.5, right=0, down=0, dark=False, contrast=1)
def test_size_place_and_polarity_don_t_matter(side, size, right, down, dark, contrast):
    at = (0.08 + right * (0.84 - size), 0.08 + down * (0.84 - size))
    picture = np.asarray(drawn(TWO, side, size, at, pen=0.07 * size), np.float32)
    picture = 127.5 + (picture - 127.5) * contrast * (1 if dark else -1)
    found = read(Image.fromarray(picture.astype(np.uint8)))
    assert difference(read(drawn(TWO, 400, 0.6, (0.2, 0.2), 0.042)), found) < 0.25


def known_digits() -> np.ndarray:
    """Digits in MNIST's form, uint8 (n, 28, 28): MNIST's own if the tests are given them."""
    if path := os.environ.get("MNIST_DEMO_TEST_MNIST"):
        with np.load(path) as arrays:
            return arrays["x_train"][:100]
    return generator.generate(100, np.random.default_rng(5))[0]


@pytest.mark.slow
def test_a_known_digit_enlarged_and_placed_anywhere_comes_back():
    rng = np.random.default_rng(0)
    differences = []
    for digit in known_digits():
        factor = int(rng.integers(1, 20))
        large = Image.fromarray(digit).resize((28 * factor, 28 * factor), Image.Resampling.BICUBIC)
        page = np.pad(
            np.asarray(large), [(int(rng.integers(0, 9 * factor)), int(rng.integers(0, 9 * factor))) for _ in "yx"]
        )
        if rng.random() < 0.5:
            page = 255 - page
        differences.append(difference(digit / 255, pictures.image_from_grey(page / 255)))
    assert np.median(differences) < 0.25
    assert np.mean(np.array(differences) < 0.6) > 0.95


def transparent(ink: tuple, paper: tuple | None = None) -> Image.Image:
    """The digit 2 in a colour, on nothing or on paper that has a hole in its place."""
    mask = 255 - np.asarray(drawn(TWO))
    alpha = mask if paper is None else 255 - mask
    colour = np.empty((*mask.shape, 4), np.uint8)
    colour[..., :3] = ink if paper is None else paper
    colour[..., 3] = alpha
    return Image.fromarray(colour, "RGBA")


def photographed() -> Image.Image:
    """In uneven light with a shadow, out of focus, noisy."""
    page = np.asarray(drawn(TWO).filter(ImageFilter.GaussianBlur(1.5)), np.float32) / 255
    y, x = np.mgrid[0:1:400j, 0:1:400j]
    light = 0.85 - 0.35 * x - 0.2 * y + 0.1 * x * y
    light = light * (1 - 0.25 / (1 + np.exp((x + y - 1.2) * 25)))
    paper = (0.25 + 0.75 * page) * light + np.random.default_rng(0).normal(0, 0.015, page.shape)
    return Image.fromarray((np.clip(paper, 0, 1) * 255).astype(np.uint8))


def framed() -> Image.Image:
    """With a dark table's edge along a side, and specks of dust."""
    picture = drawn(TWO)
    pencil = ImageDraw.Draw(picture)
    pencil.rectangle([0, 0, 30, 400], fill=40)
    for x, y in ((350, 60), (60, 370), (380, 390)):
        pencil.ellipse([x, y, x + 3, y + 3], fill=0)
    return picture


def turned() -> tuple[Image.Image, dict]:
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me by 90° clockwise"
    return drawn(TWO).rotate(90), {"kind": "JPEG", "exif": exif}


def sixteen_bits() -> Image.Image:
    return Image.fromarray(np.asarray(drawn(TWO)).astype(np.uint16) * 200)


def floating(low: float, high: float) -> Image.Image:
    return Image.fromarray(np.asarray(drawn(TWO), np.float32) / 255 * (high - low) + low)


KINDS = {
    "plain": lambda: (drawn(TWO), {}),
    "light on dark": lambda: (Image.eval(drawn(TWO), lambda v: 255 - v), {}),
    "black on transparent": lambda: (transparent((0, 0, 0)), {}),
    "white on transparent": lambda: (transparent((255, 255, 255)), {}),
    "hole in white": lambda: (transparent((0, 0, 0), (255, 255, 255)), {}),
    "hole in black": lambda: (transparent((0, 0, 0), (0, 0, 0)), {}),
    "turned by EXIF": turned,
    "JPEG": lambda: (drawn(TWO), {"kind": "JPEG", "quality": 40}),
    "CMYK": lambda: (drawn(TWO).convert("CMYK"), {"kind": "JPEG"}),
    "palette": lambda: (drawn(TWO).convert("P"), {}),
    "one bit": lambda: (drawn(TWO).convert("1"), {}),
    "16 bits": lambda: (sixteen_bits(), {}),
    "0 to 1": lambda: (floating(0, 1), {"kind": "TIFF"}),
    "-1000 to 1e6": lambda: (floating(-1000, 1e6), {"kind": "TIFF"}),
    "GIF": lambda: (drawn(TWO), {"kind": "GIF"}),
    "BMP": lambda: (drawn(TWO), {"kind": "BMP"}),
    "WebP": lambda: (drawn(TWO), {"kind": "WEBP"}),
    "TIFF": lambda: (drawn(TWO), {"kind": "TIFF"}),
    "red on white": lambda: (Image.merge("RGB", (Image.new("L", (400, 400), 255), drawn(TWO), drawn(TWO))), {}),
    "yellow on white": lambda: (Image.merge("RGB", (Image.new("L", (400, 400), 255),) * 2 + (drawn(TWO),)), {}),
    "faint": lambda: (Image.eval(drawn(TWO), lambda v: 200 + v // 8), {}),
    "small": lambda: (drawn(TWO).resize((60, 60), Image.Resampling.BOX), {}),
    "large": lambda: (drawn(TWO).resize((2500, 2500)), {}),
    "photographed": lambda: (photographed(), {}),
    "table and dust": lambda: (framed(), {}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_all_kinds_of_pictures(kind):
    picture, options = KINDS[kind]()
    plain = read(drawn(TWO))
    assert difference(plain, read(picture, **options)) < 0.2


def test_thin_and_thick_pens_are_brought_to_the_usual_width():
    areas = [read(drawn(FOUR, pen=pen)).sum() for pen in (0.005, 0.02, 0.04, 0.09)]
    usual = strokes.image(FOUR).sum()
    assert all(0.75 * usual < area < 1.5 * usual for area in areas)


@pytest.mark.parametrize("shade", [0, 128, 255])
@pytest.mark.parametrize("size", [(1, 1), (28, 28), (1, 50_000), (50_000, 1), (300, 200)])
def test_blank_pictures(shade, size):
    assert not read(Image.new("L", size, shade)).any()


def test_nothing_at_all_and_mere_noise_are_blank():
    assert not read(Image.new("RGBA", (50, 50), (0, 0, 0, 0))).any()
    noise = np.random.default_rng(0).normal(200, 3, (300, 300)).astype(np.uint8)
    assert not read(Image.fromarray(noise)).any()


def test_a_dot_is_a_small_disc():
    picture = Image.new("L", (300, 300), 255)
    ImageDraw.Draw(picture).ellipse([100, 60, 130, 90], fill=0)
    assert difference(strokes.image([np.zeros((1, 2))]), read(picture)) < 0.5


def png(width: int, height: int) -> bytes:
    """A small file that says it is a large grey picture, and is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(width // 8 + 1)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def whole() -> bytes:
    file = io.BytesIO()
    drawn(TWO).save(file, "PNG")
    return file.getvalue()


BAD = {
    "empty": b"",
    "text": b"not a picture",
    "truncated": whole()[: len(whole()) // 2],
    "only a header": whole()[:40],
    "damaged": whole()[:200] + b"\0" * 50 + whole()[250:],
    "12000 x 12000": png(12_000, 12_000),
    "60000 x 60000": png(8, 8).replace(struct.pack(">II", 8, 8), struct.pack(">II", 60_000, 60_000)),
    "HEIC": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100),
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0 L9 9'/></svg>",
    "PDF": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n",
    "EPS": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("kind", BAD)
def test_bad_files_are_refused_in_one_sentence(kind):
    with pytest.raises(ImageError) as caught:
        read_bytes(BAD[kind])
    for language in ("en", "zh"):
        sentence = caught.value.sentence.to(language)
        assert "\n" not in sentence
        assert len(sentence) < 200


def test_files_too_long_or_missing_are_refused(tmp_path):
    long = tmp_path / "long.png"
    long.write_bytes(whole() + bytes(decode.MAX_BYTES))
    for path in (long, tmp_path / "missing.png", tmp_path):
        with pytest.raises(ImageError):
            pictures.image_from_file(path)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_bytes_are_read_or_refused(junk, at):
    content = whole()
    try:
        found = read_bytes(content[:at] + junk + content[at + len(junk) :])
    except ImageError:
        return
    assert np.isfinite(found).all()
