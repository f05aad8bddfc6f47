"""Under the table: how much was found, how much there is, and what is being done about it."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from tccc_desk.texts.catalogue import ids
from tccc_desk.trace.query import Query
from tccc_desk.ui.inert import inert, plain_label
from tccc_desk.ui.log_filter import FilterBar
from tccc_desk.ui.panel import named
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, colour

SCANNED_AT_ONCE = 20_000
"""Lines read through so fast that nobody needs to hear of an index."""


class StateWords(QWidget):
    """One line of quiet words and, while the index is made, its progress."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._found = (0, False)
        self._total = 0
        self._by_call = False
        self._searched = False
        self._text = False
        self._fault = ""
        self._unstored = 0
        self._unreadable: tuple[str, ...] = ()
        self._indexed = 1.0
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(GRID)
        self.label = plain_label("log.state")
        self.label.setWordWrap(False)
        self.label.setStyleSheet(f"color: {colour('quiet', self.palette()).name()}")
        self.progress = QProgressBar()
        self.progress.setMaximumWidth(12 * GRID)
        self.progress.setMaximumHeight(self.label.sizeHint().height())
        named(self.progress, "log.index", texts("logroom.index"), texts("logroom.index-tip"))
        self.progress.hide()
        row.addWidget(self.label, 1)
        row.addWidget(self.progress)

    def with_facts(self, query: Query) -> Query:
        """Let a search find local facts by their sentence in the reader's language as well."""
        needle = query.text.casefold()
        if not needle:
            return query
        facts = tuple(sorted(one for one in ids("fact") if needle in self._texts(one).casefold()))
        return msgspec.structs.replace(query, facts=facts)

    def searching(self, filters: FilterBar, *, by_call: bool) -> None:
        """Another search began, or the other table shows."""
        query = filters.query()
        self._searched, self._text, self._by_call = not query.plain, bool(query.text), by_call
        self._say()

    def found(self, rows: int, *, more: bool) -> None:
        """So many rows are held, and there may be more."""
        self._found = (rows, more)
        self._say()

    def book(self, total: int, indexed: float) -> None:
        """The log is so long, and so much of it is indexed."""
        self._total, self._indexed = total, indexed
        self.progress.setVisible(indexed < 0.999 and total > SCANNED_AT_ONCE)
        self.progress.setValue(int(indexed * 100))
        self._say()

    def trouble(self, unstored: int, unreadable: tuple[str, ...]) -> None:
        """So many lines could not be stored, and these parts cannot be read."""
        if (unstored, unreadable) != (self._unstored, self._unreadable):
            self._unstored, self._unreadable = unstored, unreadable
            self._say()

    def failed(self, fault: str) -> None:
        """The log cannot be read, or can again."""
        self._fault = fault
        self._say()

    def _say(self) -> None:
        texts = self._texts
        parts = [texts("logroom.state.total", count=f"{self._total:,}")]
        if self._fault:
            parts = [texts("logroom.state.failed", reason=inert(self._fault, 120))]
        elif self._searched and not self._by_call:
            count, more = self._found
            if not count and not more:
                parts.append(texts("logroom.state.none"))
            elif not count:
                parts.append(texts("logroom.state.searching"))
            else:
                id = "logroom.state.found-more" if more else "logroom.state.found"
                parts.append(texts(id, count=f"{count:,}"))
        if self._text and self._indexed < 0.999 and self._total > SCANNED_AT_ONCE:
            parts.append(texts("logroom.state.scan", percent=int(self._indexed * 100)))
        if self._unstored:
            parts.append(texts("logroom.state.unstored", count=f"{self._unstored:,}"))
        if self._unreadable:
            name = inert(self._unreadable[-1], 80)
            parts.append(texts("logroom.state.unreadable", count=len(self._unreadable), name=name))
        self.label.setText("   ".join(parts))
        self.label.setToolTip("   ".join(parts))
