"""Models that are trained with PyTorch, by name.

Relations are doubled inside: relation ``r + R`` is ``r`` backwards, so that heads are ranked as the
tails of the reversed relation (Lacroix, Usunier & Obozinski 2018, section 3.3). Nothing is imported here.
"""
