"""A gateway on loopback that breaks every rule a script tells it to, over UDP and TCP.

`gateway` holds the sockets, `sayings` what a script is made of, `trial` one engine before it,
`case` the tables' rows.
"""
