"""Where the crop looks: the main face of each shot, else what moves, else the middle."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Axis = Literal["x", "y"]


@dataclass(frozen=True, slots=True)
class Crop:
    """The part of a picture (in square pixels) that fills the clip, free to move on one axis."""

    width: int
    height: int
    axis: Axis
    room: int  # pixels it can move along the axis


@dataclass(frozen=True, slots=True)
class Sighting:
    """A subject seen at a second of the clip, 0–1 along the axis, and how much it counts."""

    time: float
    place: float
    weight: float


@dataclass(frozen=True, slots=True)
class Knot:
    """The subject's place (0–1 along the axis) at a second of the clip."""

    time: float
    place: float


def largest_crop(shown: tuple[int, int], size: tuple[int, int]) -> Crop:
    """The largest part of a picture of `shown` that has the clip's shape; sides are even."""
    width, height = shown
    shape = size[0] / size[1]
    if width / height > shape:
        narrow = min(width, max(2, int(height * shape) // 2 * 2))
        return Crop(narrow, height, "x", width - narrow)
    low = min(height, max(2, int(width / shape) // 2 * 2))
    return Crop(width, low, "y", height - low)


def track(sightings: Sequence[Sighting], shots: Sequence[tuple[float, float]]) -> list[Knot]:
    """The subject's way through the clip: smooth inside a shot, free to jump at a cut."""
    knots: list[Knot] = []
    for start, end in shots:
        seen = one_subject([each for each in sightings if start <= each.time < end])
        knots += shot_track(seen, start, end)
    return knots


def one_subject(seen: Sequence[Sighting]) -> list[Sighting]:
    """Without the sightings far from the weighted median: a shot has one subject."""
    if len(seen) < 4:
        return list(seen)
    ordered = sorted(seen, key=lambda each: each.place)
    weights = np.cumsum([each.weight for each in ordered])
    middle = ordered[int(np.searchsorted(weights, weights[-1] / 2))].place
    return [each for each in seen if abs(each.place - middle) < 0.2]


def shot_track(seen: Sequence[Sighting], start: float, end: float) -> list[Knot]:
    """Still where the subject is about still, else one smoothed knot a second."""
    if not seen:
        return [Knot(start, 0.5), Knot(end, 0.5)]
    places = np.array([each.place for each in seen])
    swing = float(np.percentile(places, 95) - np.percentile(places, 5))
    if len(seen) < 4 or swing < 0.08:
        still = float(np.median(places))
        return [Knot(start, still), Knot(end, still)]
    times = np.array([each.time for each in seen])
    knots = [
        Knot(float(second), smoothed(places, times, float(second)))
        for second in np.arange(start, end, 1.0)
    ]
    return [*knots, Knot(end, knots[-1].place)]


def smoothed(places: NDArray[np.float64], times: NDArray[np.float64], second: float) -> float:
    """The places around a second, the nearer the heavier."""
    weights = np.exp(-(((times - second) / 0.9) ** 2)) + 1e-6
    return float(np.average(places, weights=weights))


def crop_position(knots: Sequence[Knot], crop: Crop) -> str:
    """The crop filter's x (or y) in pixels as an expression of t, straight between the knots."""
    side = crop.width if crop.axis == "x" else crop.height
    whole = side + crop.room
    places = [
        (knot.time, min(max(knot.place * whole - side / 2, 0.0), float(crop.room)))
        for knot in knots
    ]
    if len({round(pixels) for _, pixels in places}) == 1:
        return str(round(places[0][1]))
    pieces = [
        f"gte(t,{left:.3f})*lt(t,{right:.3f})"
        f"*({here:.1f}+{(there - here) / (right - left):.3f}*(t-{left:.3f}))"
        for (left, here), (right, there) in pairwise(places)
        if right - left > 1e-3
    ]
    return "+".join([*pieces, f"gte(t,{places[-1][0]:.3f})*{places[-1][1]:.1f}"])
