"""Journeys of citizens and staff, played against the running system with a real Rasa."""

from __future__ import annotations

import asyncio

import pytest

from hotline.journeys import Journey, play, read_all
from hotline.settings import ROOT
from tests.system.running import System

pytestmark = pytest.mark.system
JOURNEYS = read_all(ROOT / "tests" / "journeys")


@pytest.mark.parametrize("journey", JOURNEYS, ids=[journey.name for journey in JOURNEYS])
def test_a_journey_goes_as_it_is_written(system: System, journey: Journey) -> None:
    asyncio.run(play(journey, system.wiring, lambda line: None))
