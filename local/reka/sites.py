"""Videos on YouTube, Twitch, Vimeo and the like: fetched by yt-dlp in a process of its own.

yt-dlp is asked only for links one of its own extractors knows; its generic one, which would open
any page, is never used. Run as `python -m local.reka.sites` it is that process, and writes one
JSON line: `{"unknown": true}`, `{"file": …}` or `{"error": …}`.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog

from local.reka.addresses import guard_resolver
from local.reka.children import child
from local.reka.ffmpeg import FfmpegMissing, binary
from local.reka.outcomes import GenerationFailed

log = structlog.get_logger()

NOT_INSTALLED = "not installed"
LIVE = "live"
TOO_LARGE = "too large"
# Said by name when yt-dlp is not installed; with it, its own list decides.
_BEST_KNOWN = ("youtube.com", "youtu.be", "twitch.tv", "vimeo.com", "tiktok.com", "x.com")
_FORMAT = "bv*[height<=1080][ext=mp4]+ba[ext=m4a]/b[height<=1080][ext=mp4]"
_UNREACHABLE = ("getaddrinfo", "Name or service", "name resolution", "Network is unreachable",
                "timed out", "Connection refused", "not a public address")  # fmt: skip


async def fetch_from_site(
    link: str, target: Path, max_bytes: int, *, allow_private: bool
) -> Path | None:
    """The video file, or None when `link` belongs to no video site; raises GenerationFailed."""
    order = {
        "link": link,
        "target": str(target),
        "max_bytes": max_bytes,
        "allow_private": allow_private,
    }
    command = [sys.executable, "-m", "local.reka.sites", json.dumps(order)]
    said: dict[str, Any] = {}
    async with child(command, target.with_name(f"{target.name}.site.log")) as site:
        async for line in site.lines():
            said = json.loads(line) if line.startswith(b"{") else said
        if await site.exit_code() or not said:
            log.error("site_downloader_crashed", last_words=site.last_words())
            raise GenerationFailed(f"The video could not be fetched from {_name(link)}.")
    if "error" in said:
        log.warning("site_refused", site=_name(link), error=said["error"])
        raise GenerationFailed(sentence(_name(link), str(said["error"])))
    return Path(said["file"]) if "file" in said else None


def sentence(site: str, error: str) -> str:
    """What yt-dlp's complaint means for the person who sent the link."""
    if error == NOT_INSTALLED:
        return f"Videos from {site} need yt-dlp, which is not installed. Use a link to a file."
    if any(sign in error for sign in _UNREACHABLE):
        return f"{site} could not be reached from here. Use a direct link to a video file."
    if error == LIVE:
        return f"The video on {site} is still being broadcast. Try again when it has ended."
    if error == TOO_LARGE or "File too large" in error:
        return f"The video on {site} is too large for this service. Use a shorter one."
    reason = error.removeprefix("ERROR: ").split("\n")[0].split("(caused by")[0].strip()
    return f"{site} did not give the video: {reason[:200].rstrip('. ')}. Is it public?"


def _name(link: str) -> str:
    return (urlsplit(link).hostname or "the site").removeprefix("www.")


def _fetch(order: dict[str, Any]) -> dict[str, Any]:
    """Runs in the child process: what to answer for the order."""
    link = order["link"]
    try:
        from yt_dlp.extractor import gen_extractor_classes
    except ImportError:
        known = _name(link).endswith(_BEST_KNOWN)
        return {"error": NOT_INSTALLED} if known else {"unknown": True}
    classes = [one for one in gen_extractor_classes() if one.IE_NAME != "generic"]
    if not any(one.suitable(link) for one in classes):
        return {"unknown": True}
    if not order["allow_private"]:
        guard_resolver()
    return _download(link, Path(order["target"]), order["max_bytes"])


def _download(link: str, target: Path, max_bytes: int) -> dict[str, Any]:
    from yt_dlp import YoutubeDL
    from yt_dlp.utils import YoutubeDLError

    options = {
        "format": _FORMAT,
        "outtmpl": f"{target}.%(ext)s",
        "merge_output_format": "mp4",
        "max_filesize": max_bytes,
        "ffmpeg_location": _ffmpeg(),
        "noplaylist": True,
        "playlist_items": "1",
        "match_filter": _not_live,
        "allowed_extractors": ["(?!generic$).*"],
        "hls_prefer_native": True,
        "external_downloader": {"default": "native"},
        "socket_timeout": 20,
        "retries": 2,
        "extractor_retries": 1,
        "proxy": "",
        "cachedir": False,
        "quiet": True,
        "noprogress": True,
        "logtostderr": True,
    }
    # Formats of unknown length have no size that could be asked beforehand.
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, max_bytes))
    try:
        with YoutubeDL(options) as downloader:
            info = downloader.extract_info(link) or {}
    except YoutubeDLError as error:
        return {"error": str(error)}
    files = [path for path in target.parent.glob(f"{target.name}.*") if path.suffix == ".mp4"]
    if files:
        return {"file": str(files[0])}
    return {"error": LIVE if _not_live(info) else TOO_LARGE}


def _ffmpeg() -> str | None:
    try:
        return binary()
    except FfmpegMissing:
        return None  # yt-dlp then takes formats that need no joining


def _not_live(info: dict[str, Any], *, incomplete: bool = False) -> str | None:
    return LIVE if info.get("live_status") in {"is_live", "is_upcoming"} else None


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_fetch(json.loads(sys.argv[1]))) + "\n")
