"""A caption style that was asked for is seen in the picture: colours, place and size of the letters."""

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local.reka.captions import Look, ass, lines, script
from local.reka.ffmpeg import binary
from local.reka.framing import largest_crop, track
from local.reka.probe import probe
from local.reka.rendering import Part, render
from local.reka.sentences import Word

av = pytest.importorskip("av", reason="PyAV comes with the clip service's models")
pytest.importorskip("imageio_ffmpeg", reason="ffmpeg is not installed")

SIZE = (480, 854)
WORDS = tuple(
    Word(k * 0.4, k * 0.4 + 0.35, word) for k, word in enumerate(["the", "phone", "works"])
)
RED, GREEN = "#FF0000", "#00FF00"


@pytest.fixture(scope="module")
def grey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of nothing, so that whatever is seen is a caption."""
    file = tmp_path_factory.mktemp("grey") / "grey.mp4"
    source = ["-f", "lavfi", "-i", "color=gray:s=854x480:d=2:r=25"]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    command = [binary(), "-v", "error", "-y", *source, *codec, str(file)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)  # noqa: S603
    return file


def picture(grey: Path, folder: Path, look: Look) -> Any:
    """The frame in which the second of three words is spoken; rows × columns × RGB."""
    source = probe(grey)
    crop = largest_crop(source.shown, SIZE)
    part = Part(source, 0.0, 1.6, crop, tuple(track([], [(0.0, 1.6)])), WORDS, look)
    (folder / "workshop").mkdir()
    render([part], SIZE, folder / "clip.mp4", folder / "workshop", 1)
    with av.open(str(folder / "clip.mp4")) as container:
        frame = next(each for each in container.decode(video=0) if float(each.time) >= 0.5)
        return frame.to_ndarray(format="rgb24").astype(int)


def rows_of(picture: Any, channel: int) -> Any:
    """The rows with pixels in which one colour stands out."""
    others = [picture[:, :, other] for other in range(3) if other != channel]
    clear = (picture[:, :, channel] > 150) & (others[0] < 90) & (others[1] < 90)
    return np.flatnonzero(clear.any(axis=1))


@pytest.mark.parametrize(
    ("position", "least", "most"), [("top", 0.05, 0.3), ("middle", 0.4, 0.6), ("bottom", 0.65, 0.9)]
)
def test_the_words_stand_where_they_were_asked_for_in_their_colours(
    position: Any, least: float, most: float, grey: Path, tmp_path: Path
) -> None:
    seen = picture(grey, tmp_path, Look(words=RED, spoken=GREEN, position=position))
    for channel in (0, 1):
        rows = rows_of(seen, channel)
        assert rows.size
        assert least < rows[0] / SIZE[1]
        assert rows[-1] / SIZE[1] < most


def test_smaller_letters_are_smaller(grey: Path, tmp_path: Path) -> None:
    heights = []
    for number, scale in enumerate((1.0, 0.5)):
        folder = tmp_path / str(number)
        folder.mkdir()
        rows = rows_of(picture(grey, folder, Look(spoken=GREEN, scale=scale)), 1)
        heights.append(rows[-1] - rows[0])
    assert heights[1] == pytest.approx(heights[0] / 2, rel=0.25)


def test_letters_are_set_as_asked() -> None:
    for letters, text in (("initial", "Straße"), ("uppercase", "STRASSE"), ("lowercase", "straße")):
        ((_, _, shown),) = lines([Word(0, 1, "Straße")], 0, 2, SIZE, Look(letters=letters))  # type: ignore[arg-type]
        assert text in shown


def test_a_colour_is_turned_round_for_ass() -> None:
    assert ass("#12aBcD") == "&HCDAB12"


def test_our_own_look_is_what_nobody_asked_for() -> None:
    assert script(WORDS, 0, 2, SIZE) == script(WORDS, 0, 2, SIZE, Look())
