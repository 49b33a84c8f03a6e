"""Presets at rest."""

from dataclasses import fields, replace

import pytest

from bot.captions import CaptionStyle
from bot.preset import Preset
from storage.database import Database
from storage.preferences import PresetStore

FULL = Preset(
    prompt="<!channel> 'quoted' \"twice\" 🎉 \u200d",
    num_generations=1,
    min_duration_seconds=0,
    max_duration_seconds=600,
    subtitles=False,
    aspect_ratio="4:5",
    resolution=240,
    caption_style=CaptionStyle("Lato", 60, "initial", "#000000", "#FF7E4F", "#FFFFFF", "middle"),
    translated_subtitles_target_language="fil_PH",
    set_by="U1",
    set_at=5,
)


@pytest.fixture
def store(base: Database) -> PresetStore:
    return PresetStore(base)


def test_the_full_one_sets_every_field() -> None:
    assert all(getattr(FULL, each.name) != each.default for each in fields(Preset))


async def test_a_preset_comes_back_as_it_went_in_and_the_next_takes_its_place(
    store: PresetStore,
) -> None:
    await store.set("T1", "C1", FULL)
    assert await store.of("T1", "C1") == FULL
    for next_ in (Preset(set_by="U2", set_at=6), Preset(caption_style=CaptionStyle("Bangers"))):
        await store.set("T1", "C1", next_)
        assert await store.of("T1", "C1") == next_


async def test_a_preset_is_of_one_channel_in_one_workspace(store: PresetStore) -> None:
    other = replace(FULL, aspect_ratio="1:1", set_at=6)
    await store.set("T1", "C1", FULL)
    await store.set("T1", "C2", other)
    await store.set("T2", "C1", Preset(num_generations=3))
    assert await store.of("T1", "C2") == other
    assert await store.of("T2", "C2") is None
    assert list((await store.all("T1")).items()) == [("C2", other), ("C1", FULL)]
    await store.clear("T1", "C1")
    await store.clear("T1", "C1")
    assert await store.of("T1", "C1") is None
    assert await store.all("T1") == {"C2": other}
    assert await store.of("T2", "C1") == Preset(num_generations=3)


async def test_options_that_an_older_version_did_not_know_are_not_set(
    base: Database, store: PresetStore
) -> None:
    await base.write(
        "INSERT INTO presets VALUES ('T1', 'C1', '{\"aspect_ratio\": \"1:1\"}', 'U1', 5)"
    )
    assert await store.of("T1", "C1") == Preset(aspect_ratio="1:1", set_by="U1", set_at=5)
