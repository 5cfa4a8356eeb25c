"""An algorithm that takes its time in one process, so that others get something to do."""

from __future__ import annotations

import os
import time
from typing import ClassVar

from discovery.algorithms.base import Learned, Progress, Settings
from discovery.algorithms.pc import PC, PCSettings
from discovery.data import Table
from discovery.knowledge import Knowledge


class PatientSettings(PCSettings):
    slow_process: int = 0
    seconds: float = 0.25


class Patient(PC):
    name: ClassVar[str] = "patient"
    settings_type: ClassVar[type[Settings]] = PatientSettings
    runs: ClassVar[int] = 0

    def run(self, table: Table, knowledge: Knowledge, progress: Progress | None = None) -> Learned:
        assert isinstance(self.settings, PatientSettings)
        if os.getpid() == self.settings.slow_process:
            time.sleep(self.settings.seconds)
        type(self).runs += 1
        return super().run(table, knowledge, progress)
