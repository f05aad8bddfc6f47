"""A trunk's form: every field with its own error beside it, notices, and where the password goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from tccc_desk.interchange.found import ForeignGateway
from tccc_desk.trunk.china import RULES
from tccc_desk.trunk.entry import checked_trunk, fields_of
from tccc_desk.trunk.errors import InputError
from tccc_desk.trunk.profile import Trunk
from tccc_desk.ui.inert import form_note, inert
from tccc_desk.ui.panel import Connections, named
from tccc_desk.ui.password_field import PasswordField
from tccc_desk.ui.texts import Texts
from tccc_desk.ui.theme import GRID, colour

TEXT_FIELDS = (
    "name",
    "username",
    "domain",
    "server",
    "backup_server",
    "expires",
    "auth_username",
    "ca_file",
    "allowed_realms",
    "allowed_sources",
    "number_prefix",
)
FIRST = ("name", "username", "domain", "server")
FURTHER = ("backup_server", "expires", "auth_username", "ca_file", "allowed_realms", "allowed_sources")
TRANSPORTS = ("tcp", "udp", "tls")
DTMF = ("auto", "rfc4733", "info", "info-dtmf", "inband")
NEW = {"server": "sip.tccc.qcloud.com:35090", "expires": "120", "transport": "tcp", "register": "true"}
"""What the provider's document says for every trunk."""
UNSEEN = ("codecs", "line_number", "caller_number")
"""Fields of a trunk that the form carries along and does not show."""


class TrunkDialog(QDialog):
    """Accepted only with a checked trunk; `trunk` and `password` hold what was entered.

    `taken` says whether a name is another stored trunk's. `keeper` is the sentence that
    says where the password will be kept. An edited trunk may keep its password. A new one
    may begin with what another system's configuration says of it.
    """

    def __init__(
        self,
        texts: Texts,
        taken: Callable[[str], bool],
        keeper: str,
        trunk: Trunk | None = None,
        parent: QWidget | None = None,
        *,
        foreign: ForeignGateway | None = None,
    ) -> None:
        super().__init__(parent)
        self._texts = texts
        self._taken = taken
        self._edited = trunk
        self.trunk: Trunk | None = None
        self.connections = Connections()
        self.setObjectName("trunk")
        self.setWindowTitle(texts("window.trunk.title-edit" if trunk else "window.trunk.title-add"))
        self.setMinimumWidth(600)
        self._edits: dict[str, QLineEdit] = {}
        self._notices = {
            name: form_note(f"trunk.{name}.notice") for name in (*TEXT_FIELDS, "transport", "password")
        }
        self._build(keeper)
        values = fields_of(trunk) if trunk else {**NEW, **_written(foreign)}
        self._unseen = {key: values.get(key, "") for key in UNSEEN}
        for name, edit in self._edits.items():
            edit.setText(values.get(name, ""))
        self.transport.setCurrentIndex(max(0, self.transport.findData(values.get("transport", "tcp"))))
        self.dtmf.setCurrentIndex(max(0, self.dtmf.findData(values.get("dtmf_method", "auto"))))
        rule = values.get("number_rule", "typed")
        self.number_rule.setCurrentIndex(max(0, self.number_rule.findData(rule)))
        self.register.setChecked(values.get("register", "true") == "true")
        self.loose_route.setChecked(values.get("loose_route", "false") == "true")
        if foreign is not None and foreign.password is not None:
            self._password.edit.setText(foreign.password)
        self._edits["name"].setFocus()
        self._review(silent=foreign is None)

    @property
    def password(self) -> str:
        """What was typed; empty on an edit keeps the old one."""
        return self._password.text

    def forget_password(self) -> None:
        """Clear what was typed, so that it does not outlive its use."""
        self._password.clear()

    def _build(self, keeper: str) -> None:
        texts = self._texts
        outer = QVBoxLayout(self)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its fields are the stops of Tab
        inner = QWidget()
        form = QFormLayout(inner)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setVerticalSpacing(GRID // 2)
        form.setHorizontalSpacing(GRID * 2)
        for name in FIRST:
            self._line(form, name)
        self._password = PasswordField(texts)
        self._password.edit.setPlaceholderText(texts("window.trunk.password-kept") if self._edited else "")
        self._row(form, "password", self._password)
        where = form_note("trunk.keeper", keeper)
        where.setStyleSheet(f"color: {colour('quiet', self.palette()).name()}")
        form.addRow("", where)
        self.transport = QComboBox()
        for name in TRANSPORTS:
            self.transport.addItem(texts(f"window.transport.{name}"), name)
        named(self.transport, "trunk.transport", texts("window.trunk.transport"))
        self._row(form, "transport", self.transport)
        for name in FURTHER:
            self._line(form, name)
        self.dtmf = QComboBox()
        for name in DTMF:
            self.dtmf.addItem(texts(f"soundroom.dtmf.{name}"), name)
        named(self.dtmf, "trunk.dtmf", texts("soundroom.dtmf-method"), texts("soundroom.dtmf-method-tip"))
        form.addRow(texts("soundroom.dtmf-method"), self.dtmf)
        self.number_rule = QComboBox()
        for rule in RULES:
            self.number_rule.addItem(texts(f"gateroom.rule.{rule}"), rule)
        named(self.number_rule, "trunk.number_rule", texts("gateroom.rule-label"), texts("gateroom.rule-tip"))
        form.addRow(texts("gateroom.rule-label"), self.number_rule)
        self._line(form, "number_prefix")
        self.register = QCheckBox(texts("window.trunk.register"))
        self.loose_route = QCheckBox(texts("window.trunk.loose-route"))
        named(
            self.register,
            "trunk.register",
            texts("window.trunk.register"),
            texts("window.trunk.register-tip"),
        )
        named(
            self.loose_route,
            "trunk.loose_route",
            texts("window.trunk.loose-route"),
            texts("window.trunk.loose-route-tip"),
        )
        form.addRow("", self.register)
        form.addRow("", self.loose_route)
        area.setWidget(inner)
        outer.addWidget(area, 1)
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel
        )
        self._buttons.setObjectName("trunk.buttons")
        outer.addWidget(self._buttons)
        self.connections.listen(self._buttons.accepted, self.save)
        self.connections.listen(self._buttons.rejected, self.reject)
        for choice in (self.transport, self.number_rule):
            self.connections.listen(choice.currentIndexChanged, lambda: self._review(silent=True))
        self.resize(620, 560)

    def _line(self, form: QFormLayout, name: str) -> None:
        edit = QLineEdit()
        edit.setMaxLength(2048)
        edit.setPlaceholderText(self._texts(f"window.trunk.{name}-example"))
        named(
            edit,
            f"trunk.{name}",
            self._texts(f"window.trunk.{name}"),
            self._texts(f"window.trunk.{name}-tip"),
        )
        self.connections.listen(edit.editingFinished, lambda name=name: self._left(name))
        self._edits[name] = edit
        self._row(form, name, edit)

    def _row(self, form: QFormLayout, name: str, widget: QWidget) -> None:
        form.addRow(self._texts(f"window.trunk.{name}"), widget)
        notice = self._notices[name]
        notice.hide()
        form.addRow("", notice)

    def _fields(self) -> dict[str, str]:
        fields = {**self._unseen, **{name: edit.text() for name, edit in self._edits.items()}}
        fields["transport"] = self.transport.currentData()
        fields["dtmf_method"] = self.dtmf.currentData()
        fields["number_rule"] = self.number_rule.currentData()
        fields["register"] = "true" if self.register.isChecked() else "false"
        fields["loose_route"] = "true" if self.loose_route.isChecked() else "false"
        return fields

    def _left(self, name: str) -> None:
        if self._edits[name].text():
            self._review(silent=True, only=name)

    def _review(self, *, silent: bool, only: str = "") -> Trunk | None:
        """Check the form; silently, an error is said only of the field just left."""
        said: dict[str, tuple[str, str]] = {}
        trunk: Trunk | None = None
        try:
            trunk, notices = checked_trunk(self._fields())
        except InputError as error:
            if not silent or error.field == only:
                said[error.field] = (self._texts.input(error.field, error.finding, error.details), "bad")
        else:
            for notice in notices:
                sentence = self._texts.input(notice.field, notice.finding, notice.details)
                before = said.get(notice.field, ("", ""))[0]
                said[notice.field] = (f"{before}\n{sentence}".strip(), "wait")
            if self._taken(trunk.name):
                said["name"] = (self._texts("window.trunk.name-taken", name=trunk.name), "bad")
                trunk = None
            elif not silent and not self.password and self._edited is None:
                said["password"] = (self._texts("window.trunk.password-missing"), "bad")
                trunk = None
        self._say(said)
        if not silent:
            self._go_to_first(said)
        return trunk

    def _say(self, said: dict[str, tuple[str, str]]) -> None:
        for name, label in self._notices.items():
            sentence, role = said.get(name, ("", "quiet"))
            label.setText(sentence)
            label.setStyleSheet(f"color: {colour(role, self.palette()).name()}")
            label.setVisible(bool(sentence))

    def _go_to_first(self, said: Mapping[str, tuple[str, str]]) -> None:
        # Only when saving: a field that takes the keyboard back when it is left is a trap.
        wrong = next((name for name, (_, role) in said.items() if role == "bad"), "")
        if wrong in self._edits:
            self._edits[wrong].setFocus(Qt.FocusReason.OtherFocusReason)
        elif wrong == "password":
            self._password.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def save(self) -> None:
        """Accept the form if it is right; else say what is not."""
        self.trunk = self._review(silent=False)
        if self.trunk is not None:
            self.accept()

    def done(self, result: int) -> None:
        self.connections.undo()
        super().done(result)


def _written(foreign: ForeignGateway | None) -> dict[str, str]:
    """A foreign configuration's values, what could mislead in them escaped for the check to refuse."""
    if foreign is None:
        return {}
    fields = {name: inert(value, 2048) for name, value in foreign.fields.items()}
    return {**fields, "name": fields.get("name") or fields.get("username", "")}
