"""An action no row of a machine's table holds is our own bug, and said so."""

from __future__ import annotations

import pytest

from tccc_desk.sip.errors import LocalProtocolError
from tccc_desk.sip.transaction.actions import Do
from tccc_desk.sip.transaction.client import InviteClient
from tccc_desk.sip.transaction.server import InviteServer
from tests.helpers.sip_wire import UDP, endpoint, request


@pytest.mark.parametrize(("kind", "action"), [(InviteClient, Do.TRYING), (InviteServer, Do.ACK)])
def test_a_machine_refuses_another_machines_action(
    kind: type[InviteClient | InviteServer], action: Do
) -> None:
    sent = request("INVITE")
    host = endpoint()
    host.send(sent, UDP, 0.0)
    (client,) = host._clients.values()
    machine = client if kind is InviteClient else InviteServer(client._host, "id", client.request, UDP)
    with pytest.raises(LocalProtocolError, match="has no action"):
        machine._perform(action, 0.0, None)
