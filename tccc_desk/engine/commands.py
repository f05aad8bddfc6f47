"""Commands: what a face asks of the engine. Frozen imperatives, one tagged struct each.

A trunk must be configured before a command may name it. `call` is a handle the face
chooses for calls it places (any unique string up to 64 characters); the engine chooses
it for incoming calls and says it in `CallOffered`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from tccc_desk.trunk.profile import DtmfMethod, Transport, Trunk

Source = Literal["tone", "sweep", "silence", "echo", "file", "microphone"]
"""What we send as sound: a 1 kHz tone, one that goes up and down, silence, what arrives, a WAV file,
or what the microphone hears."""


class ConfigureTrunk(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make a trunk known (or replace it) and hand over its secret. Sends nothing."""

    trunk: Trunk
    password: str
    former_contacts: tuple[str, ...] = ()
    """Contact URIs an earlier run chose and may have left behind (see `ContactChosen`)."""
    instance_id: str = ""
    """The "urn:uuid:..." of this account on this machine, put into our Contact as +sip.instance."""

    def __repr__(self) -> str:
        """Name the trunk only: a repr may end in a crash report."""
        return f"ConfigureTrunk(trunk={self.trunk.name!r})"


class ForgetTrunk(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Remove our binding if there is one, then drop the trunk and its secret."""

    trunk: str


class RegisterTrunk(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Register and keep registered. On a registered trunk: refresh now."""

    trunk: str


class UnregisterTrunk(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Remove our own binding (Expires: 0 on our own Contact) and stay unregistered."""

    trunk: str


class VerifyTrunk(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Prove the credentials and list bindings by a REGISTER without Contact (RFC 3261 10.2.3)."""

    trunk: str


class MeasureLatency(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask the server by OPTIONS how long an answer takes; `LatencyMeasured` says it."""

    trunk: str
    every_s: float | None = None
    """None measures once; seconds (5 to 3600) measure again and again; 0 ends that."""


class PlaceTestCall(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The document's step 2: Request-URI and To are the line number, From is the caller number."""

    trunk: str
    call: str
    caller: str
    line: str
    play: Source = "tone"
    codecs: tuple[str, ...] = ()
    """In order of preference; empty means the trunk's own order."""
    headers: tuple[tuple[str, str], ...] = ()
    """Extra header fields, name and value."""
    ring_timeout_s: float = 60.0
    """We cancel when nobody answered by then."""
    duration_s: float | None = None
    """We hang up this long after the answer; None waits for `HangUp`."""
    dtmf: str = ""
    """Digits to send once answered; ',' is a pause of two seconds."""
    late_offer: bool = False
    """Leave the offer to the far end: INVITE without a description, our answer in the ACK."""
    play_file: str = ""
    """With `play` "file": the absolute path of a WAV file."""
    listen: bool = False
    """Play what arrives on the speaker."""
    record_file: str = ""
    """Absolute path of a WAV file to write from the first sound on, us left, them right; "" for none."""


class AnswerCall(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Answer an offered call (the document's step 3)."""

    call: str
    play: Source = "echo"
    duration_s: float | None = None
    play_file: str = ""
    listen: bool = False
    record_file: str = ""


class RejectCall(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Refuse an offered call with a final response from 400 to 699."""

    call: str
    status: int = 486


class HangUp(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """CANCEL, BYE or reject, whichever the call's state asks for."""

    call: str


class SendDigits(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Send 0-9 * # A-D in an answered call; ',' pauses two seconds."""

    call: str
    digits: str
    method: DtmfMethod | Literal[""] = ""
    """Empty takes the trunk's."""


class HoldCall(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Put an answered call on hold, or take it back, by a re-INVITE (RFC 3264 section 8.4)."""

    call: str
    held: bool


class ChangeSource(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Send other sound in an answered call, or begin or end listening to it."""

    call: str
    play: Source
    play_file: str = ""
    listen: bool | None = None
    """None leaves the speaker as it is."""


class RecordCall(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Record an answered call into a new WAV file, or end that."""

    call: str
    file: str
    """Absolute path; "" ends the recording."""


class ConfigureSound(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Say which devices and ports the calls from now on use."""

    microphone: str = ""
    """Id of a `SoundDevice`; "" is the system's own choice."""
    speaker: str = ""
    port_low: int = 0
    port_high: int = 0
    """First and last UDP port for RTP and RTCP, to be opened in a firewall; 0 and 0 take any."""


class ListDevices(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask for `DevicesListed`, which from then on comes again when devices come or go."""


class TestSound(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Hear the microphone on the speaker, without a call; `SoundTested` tells the levels."""

    __test__ = False

    on: bool


class ConfigureLog(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Keep the signalling log in `folder`, in a segment of this engine's own.

    What was seen before this command and nobody has taken is kept, too. `LogGrown` then says that
    there is more to read, at most 20 times a second, and `LogFailed` that keeping failed.
    """

    folder: str
    """Absolute path, made with mode 0700 where it is missing. "" ends the keeping."""
    max_octets: int
    """Size limit of the whole log: a segment ends at a sixteenth of it, so that retention can be fine."""
    max_days: int
    traced: bool = True
    """Say each entry by `Traced` as well. A face that reads the folder needs it only after `LogFailed`."""


class ConfigureHep(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Send each SIP message, masked as in the log, to a HEP collector over UDP as well.

    The one traffic that goes elsewhere than to a trunk: only where the admin entered the address.
    """

    host: str
    """Name or address; "" ends it."""
    port: int = 9060
    capture_id: int = 0
    """What the collector knows this desk by."""
    password: str = ""


class RunCheck(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Check a trunk stage by stage, until `CheckFinished` says what is wrong, or that nothing is.

    The password is shown once at most, and never again after a rejection. A registration the check made
    is removed at its end; one that was there before stays.
    """

    trunk: str
    check: str
    """A handle the face chooses, up to 64 characters."""
    caller: str = ""
    """With `line`: place the document's step 2 call, too."""
    line: str = ""
    ring_timeout_s: float = 30.0
    wait_inbound_s: float = 0.0
    """Above 0: wait so long for the document's step 3 call, and answer it with an echo."""
    transports: tuple[Transport, ...] = ()
    """Which to try, without credentials but for the trunk's own; empty tries all whose port is known."""
    beside_others: bool = False
    """Register although another device holds the account: calls may then come here instead of there."""


class StopCheck(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """End a check now: its calls are hung up, the stages not reached are left out."""

    check: str


class Shutdown(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Hang up every call, remove every binding of ours, then stop."""

    deadline_s: float = 3.0


Command = (
    ConfigureTrunk
    | ForgetTrunk
    | RegisterTrunk
    | UnregisterTrunk
    | VerifyTrunk
    | MeasureLatency
    | PlaceTestCall
    | AnswerCall
    | RejectCall
    | HangUp
    | SendDigits
    | HoldCall
    | ChangeSource
    | RecordCall
    | ConfigureSound
    | ListDevices
    | TestSound
    | ConfigureLog
    | ConfigureHep
    | RunCheck
    | StopCheck
    | Shutdown
)
