"""Pictures of what discovery found, as .png, .svg or .pdf: the same file for the same result.

``graph``: edges styled by sign, stability, what gave their direction, and conflict; ``stability``: how
often each edge came up in resamples; ``conflicts``: the ledger as a table. :func:`draw_reliability`
compares predicted probabilities with simulated truth. Colours are those of Okabe and Ito (Color universal
design, 2008), which people with any kind of colour vision tell apart; nothing is told by colour alone.
"""

from discovery.plots.drawing import PlotKind, check_file, draw
from discovery.plots.reliability import draw_reliability

__all__ = ["PlotKind", "check_file", "draw", "draw_reliability"]
