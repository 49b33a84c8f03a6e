"""Looks at a window's frames for the subject that the crop should follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from local.reka.faces import SIDE, Face, FaceFinder, Pixels
from local.reka.ffmpeg import patience, reading, stream
from local.reka.framing import Axis, Sighting
from local.reka.probe import Source

LOOKS_PER_SECOND = 2
MOVES = 4.0  # squared mean change of a pixel column from which motion counts


@dataclass(frozen=True, slots=True)
class Look:
    """One small frame (BGR) at a second of the clip."""

    time: float
    image: Pixels


def looks(source: Source, start: float, length: float) -> list[Look]:
    """Two small frames a second of the window, at most 640 pixels wide and high."""
    width, height = source.shown
    scale = min(1.0, SIDE / max(width, height))
    across, down = max(2, int(width * scale)), max(2, int(height * scale))
    shrink = f"fps={LOOKS_PER_SECOND}:start_time=0,scale={across}:{down}:flags=bilinear"
    output = ["-map", "0:V:0", "-vf", shrink, "-pix_fmt", "bgr24", "-f", "rawvideo"]
    # Frames that no other frame builds on can be left out: two looks a second don't miss them.
    fast = ["-skip_frame", "noref", "-skip_loop_filter", "all"]
    arguments = [*fast, *reading(source.path, start, length), *output]
    found: list[Look] = []
    with stream(arguments, patience(length)) as pixels:
        while len(frame := pixels.read(across * down * 3)) == across * down * 3:
            image = np.frombuffer(frame, np.uint8).reshape(down, across, 3)
            found.append(Look((len(found) + 0.5) / LOOKS_PER_SECOND, image))
    return found


def sightings(
    seen: Sequence[Look],
    shots: Sequence[tuple[float, float]],
    finder: FaceFinder | None,
    axis: Axis,
) -> list[Sighting]:
    """In each shot the main face of each look; where there is none, the centre of motion."""
    found: list[Sighting] = []
    for start, end in shots:
        shot = [look for look in seen if start <= look.time < end]
        faces = main_faces(shot, finder, axis) if finder else []
        found += faces or moving(shot, axis)
    return found


def main_faces(shot: Sequence[Look], finder: FaceFinder, axis: Axis) -> list[Sighting]:
    """One face a look: large, sure, with motion around it, and near the one before."""
    motion = motion_map(shot)
    found: list[Sighting] = []
    for look in shot:
        size = look.image.shape[1] if axis == "x" else look.image.shape[0]
        weighed = []
        for face in finder.find(look.image):
            place = face.centre[0 if axis == "x" else 1] / size
            weight = prominence(face, motion)
            near = np.exp(-4 * abs(place - found[-1].place)) if found else 1.0
            weighed.append((weight * near, Sighting(look.time, place, weight)))
        if weighed:
            found.append(max(weighed, key=lambda each: each[0])[1])
    return found


def prominence(face: Face, motion: NDArray[np.float32]) -> float:
    """A speaker's face moves and so does what is around it; an audience's does not."""
    top, left = max(0, int(face.y)), max(0, int(face.x - face.width))
    around = motion[top : int(face.y + 3 * face.height), left : int(face.x + 2 * face.width)]
    activity = float(around.mean() / (motion.mean() + 1e-6)) if around.size else 0.0
    return face.width * face.height * face.confidence**3 * (0.3 + activity)


def moving(shot: Sequence[Look], axis: Axis) -> list[Sighting]:
    """The centre of what moves in a shot; nothing where hardly anything does."""
    if len(shot) < 2:
        return []
    along = motion_map(shot).mean(axis=0 if axis == "x" else 1) ** 2
    if float(along.max()) <= MOVES:
        return []
    centre = float((along * np.arange(len(along))).sum() / along.sum() / len(along))
    return [Sighting(shot[0].time, centre, 1.0)]


def motion_map(shot: Sequence[Look]) -> NDArray[np.float32]:
    """Mean change of each pixel over the shot (height × width)."""
    grey = [look.image.mean(axis=2, dtype=np.float32) for look in shot]
    if len(grey) < 2:
        return np.ones(shot[0].image.shape[:2], np.float32) if shot else np.ones((1, 1), np.float32)
    changes = [np.abs(right - left) for left, right in pairwise(grey)]
    mean: NDArray[np.float32] = np.mean(changes, axis=0, dtype=np.float32)
    return mean
