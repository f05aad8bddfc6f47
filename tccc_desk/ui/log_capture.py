"""Somebody else's capture in the same views: read in a process of its own, marked, closed again."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QMimeData, QObject, QProcess, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton

from tccc_desk.trace.capture.importing import name_for
from tccc_desk.trace.capture.media import MediaStream
from tccc_desk.ui.icons import icon
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.panel import Connections, named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, bold

if TYPE_CHECKING:
    from tccc_desk.ui.log_panel import LogPanel

ENDINGS = ("pcap", "pcapng", "cap", "txt", "log", "gz")
MAX_PASTED = 64 << 20
STOP_MS = 3_000


class CaptureBanner(QFrame):
    """Says whose log is shown, how far it is read, and how to come back."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.setObjectName("log.banner")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, 2, GRID, 2)
        picture = QLabel()
        picture.setPixmap(icon("notice").pixmap(16))
        row.addWidget(picture)
        self.words = plain_label("log.capture")
        self.words.setFont(bold(self.words.font()))
        row.addWidget(self.words, 1)
        self.progress = QProgressBar()
        self.progress.setMaximumWidth(20 * GRID)
        named(self.progress, "log.capture-progress", texts("logroom.capture.progress"))
        row.addWidget(self.progress)
        self.stop = QToolButton()
        self.stop.setText(texts("logroom.capture.cancel"))
        named(self.stop, "log.capture-cancel", self.stop.text(), texts("logroom.capture.cancel-tip"))
        row.addWidget(self.stop)
        self.leave = QToolButton()
        self.leave.setText(texts("logroom.capture.close"))
        named(self.leave, "log.capture-close", self.leave.text(), texts("logroom.capture.close-tip"))
        row.addWidget(self.leave)
        self.hide()


class Capturing(QObject):
    """Opens, reads and closes captures for the panel. One at a time."""

    ended = Signal()
    """The reading is over, whatever came of it."""

    def __init__(self, log: LogPanel) -> None:
        super().__init__(log)
        self._log = log
        self._texts = log.texts
        self._folder: Path | None = None
        self._process: QProcess | None = None
        self._line = b""
        self.media: tuple[MediaStream, ...] = ()
        """Streams of sound in the capture, once it is read."""
        self._name = ""
        self.connections = Connections()
        self.connections.listen(log.banner.stop.clicked, self.cancel)
        self.connections.listen(log.banner.leave.clicked, self.close)

    @property
    def active(self) -> bool:
        """Whether a capture is shown."""
        return self._folder is not None

    def ask(self) -> None:
        """Let the admin choose a file."""
        patterns = " ".join(f"*.{one}" for one in ENDINGS)
        kinds = (
            f"{self._texts('logroom.capture.kinds')} ({patterns});;{self._texts('logroom.capture.any')} (*)"
        )
        name, _ = QFileDialog.getOpenFileName(self._log, self._texts("logroom.capture.choose"), "", kinds)
        if name:
            self.open(Path(name))

    def paste(self) -> None:
        """Read what is on the clipboard: a file that was copied, or text of another tool."""
        self.take(QGuiApplication.clipboard().mimeData())

    def take(self, data: QMimeData) -> bool:
        """Read what was dropped or pasted; False where it is neither a file nor text."""
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        if files:
            self.open(files[0])
            return True
        words = data.text().encode("utf-8", "replace")[:MAX_PASTED]
        if not words.strip():
            self._log.say("logroom.capture.nothing")
            return False
        home = Path(tempfile.mkdtemp(prefix="tccc-desk-"))
        file = home / "pasted.txt"
        file.write_bytes(words)
        self._begin(file, home, self._texts("logroom.capture.pasted"))
        return True

    def open(self, file: Path) -> None:
        """Read a file and show it instead of our own log."""
        self._begin(file, Path(tempfile.mkdtemp(prefix="tccc-desk-")), file.name)

    def cancel(self) -> None:
        """Stop reading; what was read is gone, our own log is back."""
        self.close()

    def close(self) -> None:
        """Show our own log again, and forget the capture."""
        self._end()
        if self._folder is not None:
            self._log.switch_folder(self._log.folder, capture=False)
            self._forget()
        self._log.banner.hide()

    def retire(self) -> None:
        """Leave nothing behind."""
        self.connections.undo()
        self._end()

    def forget(self) -> None:
        """Remove what was read; nothing reads it any more."""
        self._forget()

    def _begin(self, file: Path, home: Path, shown: str) -> None:
        self.close()
        self._folder, self._name, self.media = home, shown, ()
        name = name_for(file, home)
        banner = self._log.banner
        banner.words.setText(self._texts("logroom.capture.reading", file=inert(shown, 80)))
        banner.progress.setValue(0)
        for widget in (banner, banner.progress, banner.stop):
            widget.show()
        process = QProcess(self)
        self._line = b""
        self._process = process
        process.readyReadStandardOutput.connect(self._heard)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._finished)
        process.start(sys.executable, ["-m", "tccc_desk.trace.capture", str(file), str(home), name])
        self._log.switch_folder(home / name, capture=True)

    def _heard(self) -> None:
        if self._process is None:
            return
        *lines, self._line = (self._line + bytes(self._process.readAllStandardOutput().data())).split(b"\n")
        for line in lines:
            self._step(msgspec.json.decode(line, type=dict[str, Any]))

    def _step(self, said: dict[str, Any]) -> None:
        banner = self._log.banner
        if "progress" in said:
            banner.progress.setValue(int(float(said["progress"]) * 100))
            count = f"{int(said['messages']):,}"
            banner.words.setText(
                self._texts("logroom.capture.so-far", file=inert(self._name, 80), count=count)
            )
        elif "finding" in said:
            self._refuse(str(said["finding"]), said.get("details", {}))
        elif "imported" in said:
            self._done(said["imported"])

    def _done(self, imported: dict[str, Any]) -> None:
        findings = imported.get("findings", {})
        self.media = msgspec.convert(findings.get("media", []), tuple[MediaStream, ...])
        words = self._texts(
            "logroom.capture.shown", file=inert(self._name, 80), count=f"{int(findings.get('messages', 0)):,}"
        )
        notes: Sequence[str] = (*findings.get("notes", {}), *filter(None, [imported.get("trouble", "")]))
        for note in notes:
            words += "  " + self._texts(note, count=findings.get("notes", {}).get(note, 0))
        self._log.banner.words.setText(words)

    def _refuse(self, finding: str, details: dict[str, str]) -> None:
        sentence = self._texts.finding(finding, details)
        self.close()
        self._log.banner.words.setText(sentence)
        for widget in (self._log.banner.progress, self._log.banner.stop):
            widget.hide()
        self._log.banner.show()

    def _finished(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        self._log.banner.progress.hide()
        self._log.banner.stop.hide()
        process.deleteLater()
        self.ended.emit()

    def _end(self) -> None:
        """End the reading process: its input closes, it takes away what it made."""
        process, self._process = self._process, None
        if process is None:
            return
        process.closeWriteChannel()
        if not process.waitForFinished(STOP_MS):
            process.kill()
            process.waitForFinished(STOP_MS)
        process.deleteLater()

    def _forget(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
