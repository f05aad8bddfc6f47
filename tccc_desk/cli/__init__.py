"""Ring 4: the command line, one of two faces over the engine's door.

`main` reads the arguments, runs one command and turns its result into an exit code:
0 it worked, 1 SIP said no (or nothing), 2 bad input and nothing was sent, 3 a fault
before SIP could speak, 130 interrupted.
"""
