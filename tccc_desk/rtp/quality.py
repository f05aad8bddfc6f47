"""Estimated listening quality: the E-model of ITU-T G.107, simplified for packet voice."""

from __future__ import annotations

_IE = 0.0
_BPL = 25.1
"""G.711 with packet loss concealment, ITU-T G.113 appendix I: what the person's phone will use."""


def rating(loss_percent: float, delay_ms: float) -> float:
    """Transmission rating R, 0 to 93.2.

    R = 93.2 - Id - Ie,eff: the default values of G.107 leave 93.2 before delay and equipment
    (R. Cole and J. Rosenbluth, "Voice over IP performance monitoring", 2001). Id = 0.024 d +
    0.11 (d - 177.3) H(d - 177.3) with the one-way delay d in ms (same source). Ie,eff = Ie +
    (95 - Ie) Ppl / (Ppl + Bpl) for random loss (G.107 equation 7-29 with BurstR = 1).
    """
    loss = min(100.0, max(0.0, loss_percent))
    delay = max(0.0, delay_ms)
    delay_impairment = 0.024 * delay + (0.11 * (delay - 177.3) if delay > 177.3 else 0.0)
    equipment_impairment = _IE + (95.0 - _IE) * loss / (loss + _BPL)
    return max(0.0, 93.2 - delay_impairment - equipment_impairment)


def mean_opinion_score(loss_percent: float, delay_ms: float) -> float:
    """MOS from 1 to 4.5: 1 + 0.035 R + 7e-6 R (R - 60) (100 - R), ITU-T G.107 annex B."""
    r = rating(loss_percent, delay_ms)
    return min(4.5, max(1.0, 1.0 + 0.035 * r + 7e-6 * r * (r - 60.0) * (100.0 - r)))
