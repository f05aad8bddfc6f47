"""TCCC Desk: prove that a SIP trunk works with Tencent Cloud Contact Center in registration mode."""

__version__ = "0.1.0"
