"""Makes the sample talk: a talk of two minutes whose scenes, sentences and highlight are known.

    python local/sample/make_talk.py local/sample/talk.mp4

writes the video and, beside it, talk.truth.json: scenes, sentences and highlights in seconds.
Narration: hibari-tts (a neural voice inside its wheel); pictures: Pillow; applause: shaped noise.
Needs hibari-tts, pillow, numpy and imageio-ffmpeg, no network and no account; takes a minute.
The first two are not dependencies of the project: its video is already made.
"""

import json
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, FPS = 1280, 720, 24
SAMPLE_RATE = 24_000  # hibari's
FONT = Path(__file__).parents[1] / "reka" / "assets" / "Roboto-Bold.ttf"
BEGIN, BREATH, BETWEEN, APPLAUSE = 0.6, 0.45, 1.0, 5.0  # seconds

Samples = NDArray[np.float64]
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is said in front of one background; `speaker` is where they stand, 0–1."""

    name: str
    colour: Colour
    speaker: float
    lines: tuple[str, ...]
    loud_line: int | None = None  # spoken louder and followed by applause: the planted highlight


SCENES = (
    Scene(
        "Welcome",
        (24, 60, 110),
        0.28,
        (
            "Good morning everyone, and thank you for coming to our spring product day.",
            "My name is Robin, and for the next few minutes I will walk you through what we built, "
            "what broke, and what we learned.",
            "Please keep your phones on silent, the slides will be shared after the talk.",
        ),
    ),
    Scene(
        "Battery life",
        (20, 95, 70),
        0.72,
        (
            "Let us start with the thing you asked about most, battery life.",
            "The old handset lasted nine hours, and honestly that was embarrassing.",
            "The new one runs for thirty one hours on a single charge, measured on a real commute "
            "in the rain.",
            "We got there by turning the radio off whenever the screen was dark.",
        ),
    ),
    Scene(
        "The outage",
        (110, 35, 35),
        0.35,
        (
            "Now, the part I was told not to talk about.",
            "On the second of March we took the whole service down for six hours.",
            "A single expired certificate locked every customer out, and our own status page was "
            "behind it.",
            "So we deleted the manual checklist and wrote a robot that renews certificates every "
            "night.",
        ),
    ),
    Scene(
        "The demo",
        (85, 40, 120),
        0.65,
        (
            "Okay, this is the demo, and the demo gods are watching.",
            "I am going to drop this phone from the top of the ladder, right now, in front of you.",
            "Three, two, one.",
            "And it still works! Not a scratch on the glass! That is incredible!",
        ),
        loud_line=3,
    ),
    Scene(
        "Pricing",
        (120, 85, 20),
        0.30,
        (
            "What does it cost?",
            "The base model is three hundred dollars, and students pay half.",
            "There is no subscription, because nobody in this room has ever thanked a company for "
            "a subscription.",
        ),
    ),
    Scene(
        "Goodbye",
        (40, 40, 48),
        0.60,
        (
            "One last story before lunch.",
            "My grandmother called me last week, and for the first time she called with video, "
            "and she did it without any help.",
            "That is the only benchmark that I care about.",
            "Thank you very much.",
        ),
    ),
)


class Recording:
    """The sound so far, and the truth about it."""

    def __init__(self) -> None:
        self.samples: Samples = np.zeros(int(BEGIN * SAMPLE_RATE))
        self.truth: dict[str, Any] = {"scenes": [], "sentences": [], "highlights": []}

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    def add(self, sound: Samples) -> None:
        self.samples = np.concatenate([self.samples, sound])

    def add_scene(self, scene: Scene, voice: Any, rng: np.random.Generator) -> None:
        begin = self.seconds if self.truth["scenes"] else 0.0
        for number, line in enumerate(scene.lines):
            gain = 1.12 if number == scene.loud_line else 0.7
            spoken = np.clip(np.asarray(voice(line, seed=0), np.float64) * gain, -1, 1)
            end = self.seconds + len(spoken) / SAMPLE_RATE
            self.truth["sentences"].append([round(self.seconds, 2), round(end, 2), line])
            self.add(spoken)
            self.add(silence(BREATH))
        if scene.loud_line is not None:
            self.add(applause(APPLAUSE, rng))
            self.truth["highlights"].append([round(begin, 2), round(self.seconds, 2), scene.name])
        self.add(silence(BETWEEN))
        self.truth["scenes"].append([round(begin, 2), round(self.seconds, 2), scene.name])


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * SAMPLE_RATE))


def applause(seconds: float, rng: np.random.Generator) -> Samples:
    """Many short bursts of noise, swelling quickly and dying down slowly."""
    count = int(seconds * SAMPLE_RATE)
    sound = np.zeros(count)
    decay = np.exp(-np.arange(400) / 60)
    for _ in range(int(seconds * 220)):
        at = rng.integers(0, count - 400)
        sound[at : at + 400] += rng.standard_normal(400) * decay * rng.uniform(0.3, 1)
    rise = np.arange(count) / (SAMPLE_RATE * 0.4)
    fall = (count - np.arange(count)) / (SAMPLE_RATE * 1.5)
    swell = np.minimum(1, np.minimum(rise, fall))
    loud: Samples = 0.5 * sound * swell / np.abs(sound).max()
    return loud


def frames(recording: Recording) -> Iterator[bytes]:
    """Every frame as RGB; the mouth follows the sound."""
    from PIL import ImageDraw

    step = SAMPLE_RATE // FPS
    backgrounds = [background(scene) for scene in SCENES]
    ends = [end for _, end, _ in recording.truth["scenes"]]
    for k in range(int(recording.seconds * FPS)):
        seconds = k / FPS
        number = next((n for n, end in enumerate(ends) if seconds < end), len(SCENES) - 1)
        image = backgrounds[number].copy()
        level = float(np.abs(recording.samples[k * step : (k + 1) * step]).mean())
        draw_speaker(ImageDraw.Draw(image), SCENES[number].speaker, seconds, level)
        yield image.tobytes()


def background(scene: Scene) -> Any:
    """A slide: a gradient, the title and the first words of each line, beside the speaker."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (WIDTH, HEIGHT), scene.colour)
    draw = ImageDraw.Draw(image)
    for y in range(HEIGHT):
        shade = tuple(min(255, int(part * (0.7 + 0.6 * y / HEIGHT))) for part in scene.colour)
        draw.line([(0, y), (WIDTH, y)], fill=shade)
    left = 60 if scene.speaker > 0.5 else 640
    draw.text((left, 60), scene.name, font=ImageFont.truetype(str(FONT), 64), fill="white")
    small = ImageFont.truetype(str(FONT), 30)
    for row, line in enumerate(scene.lines):
        words = " ".join(line.split()[:6])
        draw.text((left, 170 + row * 70), f"• {words} ...", font=small, fill=(225, 225, 225))
    return image


def draw_speaker(draw: Any, place: float, seconds: float, level: float) -> None:
    """A drawn person who sways, with a mouth as open as the sound is loud."""
    x = WIDTH * place + 40 * np.sin(seconds * 0.8)
    y = 330 + 6 * np.sin(seconds * 2.3)
    draw.ellipse([x - 85, y + 120, x + 85, y + 520], fill=(30, 30, 34))
    draw.ellipse([x - 70, y - 90, x + 70, y + 90], fill=(232, 190, 160))
    draw.pieslice([x - 74, y - 100, x + 74, y + 40], 180, 360, fill=(70, 45, 30))
    for eye in (x - 28, x + 28):
        draw.ellipse([eye - 11, y - 18, eye + 11, y + 2], fill="white")
        draw.ellipse([eye - 5, y - 13, eye + 5, y - 3], fill=(20, 20, 20))
        draw.line([eye - 14, y - 30, eye + 14, y - 32], fill=(60, 40, 25), width=5)
    draw.line([x, y - 5, x - 6, y + 22, x + 4, y + 24], fill=(190, 140, 115), width=4)
    mouth = 4 + min(26, level * 160)
    draw.ellipse([x - 26, y + 48 - mouth / 2, x + 26, y + 48 + mouth / 2], fill=(150, 50, 50))


def write_wave(samples: Samples, file: Path) -> None:
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLE_RATE)
        sound.writeframes((samples * 32767).astype("<i2").tobytes())


def encode(recording: Recording, sound: Path, output: Path) -> None:
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS)]
    video = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-pix_fmt", "yuv420p"]
    audio = ["-c:a", "aac", "-b:a", "96k", "-shortest"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *raw, "-i", "-"]
    command += ["-i", str(sound), *video, *audio, str(output)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101 - PIPE was asked for
        for frame in frames(recording):
            process.stdin.write(frame)
    if process.returncode:
        sys.exit("ffmpeg failed")


def main(output: Path) -> None:
    from hibari import Hibari  # type: ignore[import-not-found]

    recording, voice, rng = Recording(), Hibari(), np.random.default_rng(7)
    for scene in SCENES:
        recording.add_scene(scene, voice, rng)
    with tempfile.TemporaryDirectory() as directory:
        sound = Path(directory) / "talk.wav"
        write_wave(recording.samples, sound)
        encode(recording, sound, output)
    truth = {**recording.truth, "duration": round(recording.seconds, 2)}
    output.with_suffix(".truth.json").write_text(json.dumps(truth, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
