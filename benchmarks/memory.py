"""How much memory a process took."""

from pathlib import Path


def peak_megabytes() -> float:
    """The most memory that this process had since it began; the kernel's own figure, on Linux."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) / 1024
