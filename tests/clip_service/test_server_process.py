"""The service as a process: how it starts, stops, dies, and what it finds again afterwards."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

LINK = "https://example.com/talk.mp4"
# Stands in for a pipeline that hangs with an ffmpeg under it; both processes are written down.
STUCK = """
import os, pathlib, subprocess, sys, time
below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1]).write_text(f"{os.getpid()} {below.pid}\\n")
time.sleep(600)
"""


def eventually(condition: Callable[[], bool]) -> None:
    """Poll until it holds; a minute without it is a failure."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class Service:
    """A started service and a client of it."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.process = process
        self.client = httpx.Client(
            base_url=address, headers={"X-Api-Key": "k"}, trust_env=False, timeout=20
        )

    def post(self, **more: Any) -> httpx.Response:
        return self.client.post("/v1/clips", json={"video_urls": [LINK], "prompt": "p", **more})

    def until(self, generation_id: str, *statuses: str) -> dict[str, Any]:
        job: dict[str, Any] = {}

        def arrived() -> bool:
            job.update(self.client.get(f"/v1/clips/{generation_id}").json())
            return job["status"] in statuses

        eventually(arrived)
        return job

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.client.close()
        self.process.send_signal(number)
        return self.process.wait(timeout=10)


@contextmanager
def started(data: Path, *arguments: str) -> Iterator[Service]:
    command = [sys.executable, "-m", "local.reka", "--data", str(data), "--log-level", "error"]
    whole = [*command, *arguments]
    with subprocess.Popen(whole, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("clip service listening on http://127.0.0.1:")
        service = Service(process, line.split()[-1])
        try:
            yield service
        finally:
            service.client.close()
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: int) -> None:
    with started(tmp_path, "--fast", "--stage-seconds", "60") as service:
        service.post()
        assert service.stop(number) == 0


def stuck(tmp_path: Path) -> list[str]:
    script = tmp_path / "stuck.py"
    script.write_text(STUCK, encoding="utf-8")
    return ["--pipeline", f"{sys.executable} {script} {tmp_path / 'pids'}"]


def working_pids(service: Service, tmp_path: Path) -> list[int]:
    """Start a generation that hangs, and wait until its processes are there."""
    sample = str(service.client.base_url.join("/sample/talk.mp4"))
    config = {"num_generations": 1}
    assert service.post(video_urls=[sample], generation_config=config).status_code == 202
    pids = tmp_path / "pids"
    eventually(lambda: pids.exists() and pids.read_text().endswith("\n"))
    return [int(pid) for pid in pids.read_text().split()]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        # Where nobody reaps orphans, as in some containers, a zombie is as good as gone.
        return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"
    except (ProcessLookupError, FileNotFoundError):  # it may go between the two questions
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_service(tmp_path: Path, number: int) -> None:
    with started(tmp_path / "data", *stuck(tmp_path)) as service:
        pids = working_pids(service, tmp_path)
        assert not any(gone(pid) for pid in pids)
        assert service.stop(number) == (0 if number == signal.SIGTERM else -number)
        eventually(lambda: all(gone(pid) for pid in pids))


def test_it_stops_with_its_parent_when_asked_to(tmp_path: Path) -> None:
    arguments = ["-m", "local.reka", "--data", str(tmp_path), "--fast", "--with-parent"]
    code = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, *{arguments!r}], stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
    )
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True, text=True, check=True, timeout=20,
    )  # fmt: skip
    eventually(lambda: gone(int(told.stdout)))


def test_after_a_kill_the_work_is_taken_up_again_and_the_finished_is_still_there(
    tmp_path: Path,
) -> None:
    with started(tmp_path, "--fast", "--stage-seconds", "0") as service:
        finished = service.until(service.post().json()["id"], "completed")
        service.stop()
    with started(tmp_path, "--fast", "--stage-seconds", "60", "--jobs", "1") as service:
        half_done = service.until(service.post().json()["id"], "starting")
        waiting = service.post().json()
        service.stop(signal.SIGKILL)
    with started(tmp_path, "--fast", "--stage-seconds", "0") as service:
        for job in (half_done, waiting):
            assert len(service.until(job["id"], "completed")["output"]) == 3
        again = service.client.get(f"/v1/clips/{finished['id']}").json()
        links = [clip["video_url"] for clip in again["output"]]
        assert again["updated_at"] == finished["updated_at"]
        assert [service.client.get(link).status_code for link in links] == [200] * 3
        items = service.client.get("/v1/clips").json()["items"]
    assert [item["id"] for item in items] == [waiting["id"], half_done["id"], finished["id"]]


def test_half_done_work_is_honestly_queued_again(tmp_path: Path) -> None:
    with started(tmp_path, "--fast", "--stage-seconds", "60") as service:
        jobs = [service.post().json()["id"] for _ in range(2)]
        for job in jobs:
            service.until(job, "starting")
        service.stop(signal.SIGKILL)
    with started(tmp_path, "--fast", "--stage-seconds", "60", "--jobs", "1") as service:
        service.until(jobs[0], "starting")
        assert service.until(jobs[1], "queued", "starting")["status"] == "queued"


def test_the_quota_survives_a_kill_and_a_delete(tmp_path: Path) -> None:
    limited = ["--fast", "--stage-seconds", "0", "--limit", "1", "--window", "1h"]
    with started(tmp_path, *limited) as service:
        job = service.until(service.post().json()["id"], "completed")
        assert service.client.delete(f"/v1/clips/{job['id']}").status_code == 200
        service.stop(signal.SIGKILL)
    with started(tmp_path, *limited) as service:
        refused = service.post()
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 3600


def test_a_second_service_on_the_same_folder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with started(tmp_path, "--fast"):
        second = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "local.reka", "--data", str(tmp_path)],
            capture_output=True, text=True, check=False, timeout=20,
        )  # fmt: skip
    assert second.returncode == 1
    assert "another clip service" in second.stderr
    assert "Traceback" not in second.stderr


def test_the_key_is_never_logged(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "local.reka", "--data", str(tmp_path), "--fast"]
    with (
        log.open("w") as sink,
        subprocess.Popen(  # noqa: S603 - our own program
            [*command, "--log-level", "debug", "--key", "rk-secret"],
            stdout=subprocess.PIPE, stderr=sink, text=True,
        ) as process,
    ):  # fmt: skip
        assert process.stdout is not None
        service = Service(process, process.stdout.readline().split()[-1])
        for key in ("rk-secret", "rk-wrong"):
            service.client.get("/v1/clips", headers={"X-Api-Key": key})
        service.stop()
    assert "path=/v1/clips" in log.read_text()
    assert "rk-" not in log.read_text()
