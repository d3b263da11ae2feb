#!/usr/bin/env python3
"""tools/cold_start.py LOCAL FOLDER STEP...: counts what each step's released binary in FOLDER does from its start to its
first answer, with Valgrind's callgrind, as the command LOCAL invokes it with the step's success event; a function that is
told of something and answers nobody, with the first of its events.

Instructions, not time: the same for the same binary on any machine, however busy. Lambda gives a function of 256 MB a
seventh of a CPU, so instructions are what a member waits for. Where there is a hash, it is counted with them.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

# How long callgrind may take to write after the stack is gone.
PATIENCE_SECONDS = 30


def count(local: str, binary: pathlib.Path, step: str) -> int:
    """The instructions of one cold start and one answer."""
    with tempfile.TemporaryDirectory() as scratch:
        # The stack wants all binaries beside each other; this one is replaced by a script that counts it.
        for other in binary.parent.iterdir():
            if other.is_file() and other.name != step:
                pathlib.Path(scratch, other.name).symlink_to(other.resolve())
        total = pathlib.Path(scratch, "callgrind.out")
        wrapper = pathlib.Path(scratch, step)
        wrapper.write_text(
            "#!/bin/sh\n"
            # Not `exec`: the stack kills what it started, and callgrind must live to write its total. It ends by
            # itself, when it finds the stack gone.
            f"{shutil.which('valgrind')} --tool=callgrind --callgrind-out-file={total} {binary.resolve()} &\nwait\n"
        )
        wrapper.chmod(0o755)
        events = pathlib.Path("events", step)
        event = events / "success.json"
        if not event.exists():
            event = min(events.glob("*.json"))
        # By its name, so that its state is loaded, and another answer than its own ends the count.
        run = subprocess.run([local, "invoke", step, event.stem, "--binaries", scratch], capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"{step}: {run.stderr.strip()}")
        for _ in range(PATIENCE_SECONDS * 10):
            found = total.exists() and re.search(r"^totals: (\d+)", total.read_text(), re.MULTILINE)
            if found:
                return int(found.group(1))
            time.sleep(0.1)
        sys.exit(f"{step}: callgrind wrote no total in {PATIENCE_SECONDS} s")


def main() -> None:
    local, folder, *steps = sys.argv[1:]
    if not shutil.which("valgrind"):
        sys.exit("valgrind is missing: 'apt-get install valgrind' on Debian and Ubuntu.")
    print(f"{'function':<24}{'instructions':>16}")
    for step in steps:
        print(f"{step:<24}{count(local, pathlib.Path(folder, step), step):>16,}")


if __name__ == "__main__":
    main()
