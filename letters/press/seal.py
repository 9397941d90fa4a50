"""A firm's seal on the page: the firm's own picture, or a plainly marked sample for demonstrations.

The sample has no star and says 示例 and 不具效力, so that nobody takes it for a real seal.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops

from letters.press.geometry import Hp, mm, text_of
from letters.press.pdffile import PdfFile
from letters.press.setting import SONG, TextSetter
from letters.press.warrant import SealRefused, SealWarrant
from records.errors import WrongUsage

DIAMETER: Final[Hp] = mm(40)
"""A law firm's round seal is 40 to 42 mm across."""
_RED: Final = b"0.90 0.36 0.33"
"""Light enough for the text over it to stay legible on a black-and-white copy."""
_PALE: Final = b"0.98 0.82 0.80"
_LARGEST_SIDE: Final = 600
"""Pixels kept of a picture: 380 dpi at the seal's size."""
_LARGEST_PICTURE: Final = 25_000_000
"""Pixels that a picture may have at all."""


class SealUnusable(WrongUsage):
    """The seal's picture can't be read."""

    code = "E-SEAL"


@dataclass(frozen=True, slots=True)
class Seal:
    """What to stamp: a picture's bytes (PNG), or the firm's name for a sample."""

    picture: bytes
    sample_name: str = ""
    warrant: SealWarrant | None = None
    """The release under which it is stamped (R-LAW-06). Only a marked sample may be drawn without one."""

    @classmethod
    def sample(cls, firm_name: str, warrant: SealWarrant | None = None) -> Seal:
        """A marked sample seal for a composed firm."""
        return cls(b"", firm_name, warrant)

    def check(self) -> None:
        """Whether the picture can be stamped.

        Raises:
            SealUnusable: when it is not a readable image.
        """
        if self.picture:
            _opened(self.picture)

    def form(self, pdf: PdfFile, setter: TextSetter) -> bytes:
        """The name of a Form XObject of the seal, centred on the origin.

        Raises:
            SealUnusable: when the picture is not a readable image.
            SealRefused: a real seal without a release's warrant.
        """
        if self.warrant is not None:
            self.warrant.demand()
        elif self.picture:
            raise SealRefused("印章与签名只能凭签发令牌使用（R-LAW-06），没有令牌不能用印。", "请先由律师签发本批函件。")
        radius = DIAMETER // 2
        content = _picture(pdf, self.picture) if self.picture else _sample(self.sample_name, setter)
        return pdf.form(content, (-radius, -radius, radius, radius))


def _opened(data: bytes) -> Image.Image:
    try:
        image: Image.Image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if image.width * image.height > _LARGEST_PICTURE:
            raise SealUnusable("印章图片过大", "请使用边长 600 至 2000 像素的 PNG 图片。")
        image.load()
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise SealUnusable("印章图片无法读取", "请使用透明底的 PNG 图片。") from error
    return image


def _picture(pdf: PdfFile, data: bytes) -> bytes:
    image: Image.Image = _opened(data)
    has_alpha = "A" in image.getbands() or "transparency" in image.info
    image = image.convert("RGBA")
    if max(image.size) > _LARGEST_SIDE:
        image.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE), Image.Resampling.LANCZOS)
    red, green, blue, alpha = image.split()
    if not has_alpha:
        # a scan on white paper: what is white is paper
        alpha = ImageChops.invert(ImageChops.darker(ImageChops.darker(red, green), blue))
    name = pdf.image(image.width, image.height, Image.merge("RGB", (red, green, blue)).tobytes(), alpha.tobytes())
    side = text_of(DIAMETER)
    half = text_of(-DIAMETER // 2)
    return b"q %s 0 0 %s %s %s cm/%s Do Q" % (side, side, half, half, name)


def _circle(radius: float) -> bytes:
    k = radius * 0.5522847
    return (
        f"{radius:.2f} 0 m {radius:.2f} {k:.2f} {k:.2f} {radius:.2f} 0 {radius:.2f} c "
        f"{-k:.2f} {radius:.2f} {-radius:.2f} {k:.2f} {-radius:.2f} 0 c "
        f"{-radius:.2f} {-k:.2f} {-k:.2f} {-radius:.2f} 0 {-radius:.2f} c "
        f"{k:.2f} {-radius:.2f} {radius:.2f} {-k:.2f} {radius:.2f} 0 c s\n"
    ).encode()


def _arc(text: str, radius: float, size: float, setter: TextSetter, spread: float) -> bytes:
    """``text`` along the upper arc, heads outwards, over ``spread`` degrees."""
    out = []
    step = spread / max(len(text) - 1, 1)
    for number, char in enumerate(text):
        angle = math.radians(spread / 2 - number * step)
        cos, sin = math.cos(angle), math.sin(angle)
        half = setter.width(char, SONG) * size / 2000
        x, y = -radius * sin - half * cos, radius * cos - half * sin
        matrix = " ".join(f"{value + 0.0:.3f}" for value in (cos, sin, -sin, cos, x, y)).encode()
        out.append(b"%s Tm%s" % (matrix, setter.show(char, SONG, round(size * 100))))
    return b"BT/F%d %s Tf %s ET\n" % (SONG, text_of(round(size * 100)), b" ".join(out))


def _sample(firm_name: str, setter: TextSetter) -> bytes:
    radius = DIAMETER / 200
    out = [b"%s rg %s RG 2.6 w\n" % (_RED, _RED), _circle(radius - 1.4), b"0.6 w\n", _circle(radius - 4.4)]
    size = min(13.0, 4.2 * radius / max(len(firm_name), 1))
    out.append(_arc(firm_name, radius - 7.5 - size, size, setter, min(250.0, 24.0 * len(firm_name))))
    for text, points, y, colour in (("示例", 34.0, -12.0, _PALE), ("示例印章　不具效力", 5.0, -45.0, _RED)):
        wide = setter.width(text, SONG) * points / 1000
        out.append(b"%s rg BT/F%d %s Tf 1 0 0 1 %s %s Tm%s ET\n" % (
            colour, SONG, text_of(round(points * 100)), text_of(round(-wide * 50)), text_of(round(y * 100)),
            setter.show(text, SONG, round(points * 100)),
        ))
    return b"".join(out)
