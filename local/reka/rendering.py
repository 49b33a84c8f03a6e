"""Writes a clip: one or more parts, cropped, captioned and joined in a single encode."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.reka.captions import OURS, Look, script
from local.reka.ffmpeg import patience, reading, run
from local.reka.framing import Crop, Knot, crop_position
from local.reka.probe import Source
from local.reka.sentences import Word

FONT = Path(__file__).parent / "assets" / "Roboto-Bold.ttf"
SOUND_RATE = 48_000
AAC_FRAME = 1024 / SOUND_RATE
# PQ and HLG light to ordinary screens, so that colours of phone videos don't look washed out.
TONE_MAP = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p,"
    "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709"
)


@dataclass(frozen=True, slots=True)
class Part:
    """Seconds `start` … `end` of a source as they are to look in the clip."""

    source: Source
    start: float
    end: float
    crop: Crop
    knots: tuple[Knot, ...]
    words: tuple[Word, ...]  # to burn in; none: no captions
    look: Look = OURS

    @property
    def frames(self) -> int:
        """Whole frames only, so that a clip never lasts longer than was allowed."""
        return max(1, int((self.end - self.start) * self.source.fps + 1e-6))

    @property
    def seconds(self) -> float:
        return self.frames / self.source.fps


def render(
    parts: Sequence[Part], size: tuple[int, int], output: Path, workshop: Path, threads: int
) -> None:
    """Writes `output` (H.264 yuv420p, AAC, index first). Raises FfmpegError.

    `workshop` is a directory of this clip's own: the filters name their files relative to it,
    so that no path needs ffmpeg's nested escaping.
    """
    (workshop / "fonts").mkdir(parents=True)
    shutil.copy(FONT, workshop / "fonts")
    rate = parts[0].source.fps
    sound = any(part.source.has_sound for part in parts)
    chains = []
    for k, part in enumerate(parts):
        chains.append(picture_chain(k, part, size, rate, captions(k, part, size, workshop)))
        chains += [sound_chain(k, part)] if sound else []
    chains.append(join(len(parts), sound))
    inputs = [each for part in parts for each in reading_part(part)]
    arguments = ["-v", "error", "-y", *inputs, "-filter_complex", ";".join(chains)]
    arguments += ["-filter_complex_threads", str(threads), "-map", "[v]", *video_codec(threads)]
    arguments += ["-map", "[a]", "-c:a", "aac", "-b:a", "128k"] if sound else []
    total = sum(part.seconds for part in parts)
    arguments += ["-movflags", "+faststart", "-map_metadata", "-1", f"file:{output.absolute()}"]
    run(arguments, patience(2 * total), cwd=workshop)


def reading_part(part: Part) -> list[str]:
    # A frame more than the part has: the last one must not be missing for a rounding error.
    return reading(part.source.path, part.start, part.end - part.start + 1 / part.source.fps)


def picture_chain(
    k: int, part: Part, size: tuple[int, int], rate: float, captions_file: str | None
) -> str:
    """The filters of part `k`'s picture, from the decoded frame to [v<k>]."""
    steps = [f"fps={rate:.6f}:start_time=0", f"trim=end_frame={round(part.seconds * rate)}"]
    if part.source.hdr:
        steps.append(TONE_MAP)
    if part.source.pixel_shape != 1:
        steps.append("scale={}:{},setsar=1".format(*part.source.shown))
    position = crop_position(part.knots, part.crop)
    x, y = (position, "0") if part.crop.axis == "x" else ("0", position)
    steps.append(f"crop={part.crop.width}:{part.crop.height}:'{x}':'{y}'")
    steps.append("scale={}:{}:flags=bicubic:out_range=tv,setsar=1,format=yuv420p".format(*size))
    if captions_file:
        steps.append(f"ass=f={captions_file}:fontsdir=fonts")
    return f"[{k}:V:0]{','.join(steps)}[v{k}]"


def captions(k: int, part: Part, size: tuple[int, int], workshop: Path) -> str | None:
    """Writes part `k`'s ASS script; its name, or None where nothing is said."""
    text = script(part.words, part.start, part.start + part.seconds, size, part.look)
    if text is None:
        return None
    name = f"part{k}.ass"
    (workshop / name).write_text(text, encoding="utf-8")
    return name


def sound_chain(k: int, part: Part) -> str:
    """Part `k`'s sound as [a<k>], silence where it has none; soft edges keep cuts from clicking."""
    seconds = part.seconds - AAC_FRAME  # the encoder fills up its last frame
    same = f"aformat=sample_rates={SOUND_RATE}:channel_layouts=stereo"
    if not part.source.has_sound:
        return f"anullsrc=r={SOUND_RATE}:cl=stereo,atrim=end={seconds:.4f}[a{k}]"
    fill = "aresample=async=1000:first_pts=0"
    fade = f"afade=t=in:d=0.04,afade=t=out:st={max(0, seconds - 0.06):.3f}:d=0.06"
    return f"[{k}:a:0]{fill},{same},apad,atrim=end={seconds:.4f},{fade}[a{k}]"


def join(count: int, sound: bool) -> str:
    """All parts one after the other as [v] and [a]."""
    pads = "".join(f"[v{k}]" + (f"[a{k}]" if sound else "") for k in range(count))
    return f"{pads}concat=n={count}:v=1:a={int(sound)}[v]" + ("[a]" if sound else "")


def video_codec(threads: int) -> list[str]:
    quality = ["-preset", "superfast", "-crf", "21", "-pix_fmt", "yuv420p"]
    return ["-c:v", "libx264", *quality, "-threads", str(threads)]
