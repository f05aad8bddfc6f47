"""A ladder as a file or on paper: the same lines as on the screen, always on white."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSize
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
)
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtSvg import QSvgGenerator

from tccc_desk.ui.ladder_paint import LadderPainter
from tccc_desk.ui.ladder_view import LadderView
from tccc_desk.ui.theme import GRID

PICTURE_WIDTH = 900
PICTURE_ZOOM = 2.0
MAX_SIDE = 30_000
"""Pixels of a picture's side: beyond it programs refuse to open it, and it is made smaller."""
SUFFIXES = ("svg", "png", "pdf")


class NotSaved(Exception):
    """The file could not be written."""


def paper_palette() -> QPalette:
    """Give black on white, whatever the screen's colours."""
    palette = QPalette(QGuiApplication.palette())
    for role, shade in (
        (QPalette.ColorRole.Base, "#ffffff"),
        (QPalette.ColorRole.Window, "#ffffff"),
        (QPalette.ColorRole.AlternateBase, "#eef1f5"),
        (QPalette.ColorRole.Text, "#111111"),
        (QPalette.ColorRole.WindowText, "#111111"),
    ):
        palette.setColor(role, QColor(shade))
    return palette


def save(view: LadderView, path: Path) -> None:
    """Write the ladder in the format of the file's suffix: SVG, PNG or PDF. Raises NotSaved."""
    drawing = view.painter(PICTURE_WIDTH, paper_palette())
    suffix = path.suffix.lower()
    if suffix == ".svg":
        _svg(drawing, path)
    elif suffix == ".pdf":
        _pdf(drawing, path)
    else:
        _png(drawing, path)


def print_ladder(view: LadderView, printer: QPrinter) -> None:
    """Print on as many pages as it takes. Raises NotSaved where the printer takes nothing."""
    _pages(view.painter(PICTURE_WIDTH, paper_palette()), printer)


def _size(drawing: LadderPainter) -> QSize:
    return QSize(drawing.layout.width + 2 * GRID, drawing.layout.height + drawing.layout.heading + 2 * GRID)


def _whole(drawing: LadderPainter, painter: QPainter) -> None:
    size = _size(drawing)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor("#ffffff"))
    painter.translate(GRID, GRID)
    drawing.heading(painter)
    painter.translate(0, drawing.layout.heading)
    drawing.rows(painter, range(len(drawing.layout.rows)))


def _svg(drawing: LadderPainter, path: Path) -> None:
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    size = _size(drawing)
    generator.setSize(size)
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    painter = QPainter()
    if not _writable(path) or not painter.begin(generator):
        raise NotSaved
    _whole(drawing, painter)
    painter.end()


def _png(drawing: LadderPainter, path: Path) -> None:
    size = _size(drawing)
    zoom = min(PICTURE_ZOOM, MAX_SIDE / size.height(), MAX_SIDE / size.width())
    image = QImage(size * zoom, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    painter = QPainter(image)
    painter.scale(zoom, zoom)
    _whole(drawing, painter)
    painter.end()
    if not image.save(str(path), "PNG"):  # type: ignore[call-overload]
        raise NotSaved


def _pdf(drawing: LadderPainter, path: Path) -> None:
    if not _writable(path):
        raise NotSaved
    writer = QPdfWriter(str(path))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(10, 10, 10, 10), QPageLayout.Unit.Millimeter)
    _pages(drawing, writer)


def _writable(path: Path) -> bool:
    """Qt says nothing when a file cannot be made: try first."""
    try:
        with path.open("wb"):
            return True
    except OSError:
        return False


def _pages(drawing: LadderPainter, device: QPrinter | QPdfWriter) -> None:
    painter = QPainter()
    if not painter.begin(device):
        raise NotSaved
    layout = drawing.layout
    room = QSize(device.width(), device.height())
    zoom = room.width() / max(1, layout.width)
    height = int(room.height() / zoom) - layout.heading
    for page, (first, after) in enumerate(layout.pages(height)):
        if page:
            device.newPage()
        painter.resetTransform()
        painter.scale(zoom, zoom)
        drawing.heading(painter)
        if after > first:
            painter.translate(0, layout.heading - layout.top(first))
            drawing.rows(painter, range(first, after))
    painter.end()
