"""Qt's own words (Save, Cancel, the menu of a text field) in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QTranslator

from tccc_desk.texts.catalogue import Language

_FILES: dict[Language, str] = {"zh": "qtbase_zh_CN"}


class QtWords:
    """One translator at a time; a missing file leaves Qt's English."""

    def __init__(self, application: QCoreApplication) -> None:
        self._application = application
        self._translator: QTranslator | None = None

    def speak(self, language: Language) -> None:
        """Install the language's translation and remove the one before."""
        if self._translator is not None:
            self._application.removeTranslator(self._translator)
            self._translator = None
        file = _FILES.get(language)
        if file is None:
            return
        translator = QTranslator(self._application)
        if translator.load(file, QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            self._application.installTranslator(translator)
            self._translator = translator
