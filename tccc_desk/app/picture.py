"""An SVG on standard input becomes a PNG on standard output.

A process of its own, so that the command line draws without loading Qt, and a hostile drawing
costs this process only.
"""

from __future__ import annotations

import os
import sys
from typing import cast

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

MAX_INPUT = 32 << 20
MAX_SIDE = 30_000
MAX_PIXELS = 120_000_000
SCALE = 2.0
"""Pixels for each unit of the drawing: sharp on a good screen."""


def picture(svg: bytes) -> bytes:
    """Draw `svg` on white. Raises ValueError where it is no drawing."""
    renderer = QSvgRenderer(QByteArray(svg))
    size = renderer.defaultSize()
    if not renderer.isValid() or size.isEmpty():
        raise ValueError("not a drawing")
    width, height = size.width(), size.height()
    scale = min(SCALE, MAX_SIDE / max(width, height), (MAX_PIXELS / (width * height)) ** 0.5)
    image = QImage(QSize(max(1, int(width * scale)), max(1, int(height * scale))), QImage.Format.Format_RGB32)
    if image.isNull():
        raise ValueError("too large")
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    packed = QBuffer()
    packed.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(packed, "PNG")  # type: ignore[call-overload]  # the stubs want text for the format's octets
    return cast("bytes", packed.data().data())


def main() -> int:
    """Convert once. Exit code 1 with one line on standard error where it cannot be done."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    svg = sys.stdin.buffer.read(MAX_INPUT + 1)
    if len(svg) > MAX_INPUT:
        sys.stderr.write("too large\n")
        return 1
    application = QGuiApplication(["picture"])
    try:
        octets = picture(svg)
    except ValueError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    finally:
        application.quit()
    sys.stdout.buffer.write(octets)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
