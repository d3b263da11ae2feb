#!/usr/bin/env python3
"""tools/hash_speed.py LOCAL FOLDER ALONE: holds the functions' released binaries in FOLDER to the speed of the crate argon2
alone (ALONE, shared/domain/examples/argon2.rs in a profile of its own), and fails where a function has less than 0.9 of it.

Members walk through every step on a local stack, which the command LOCAL runs. A function hashes on a thread of its own
beside the requests and does nothing else there, so the CPU time of that thread is the hash's. No function is named here:
who hashes is seen by it. Each such request is followed at once by one hash of the crate alone, so that whatever slows the
machine down slows both; what is compared are the medians.

Time, not instructions: what makes the hash fast are instructions that do more at once. CPU time, so that waiting for a
CPU does not count. For Linux on x86-64: elsewhere Argon2 is made into other vectors, and the limit is not known to hold.
"""

import argparse
import collections
import pathlib
import platform
import re
import statistics
import subprocess
import sys

from costing import ROOT
from costing.stack import Stack
from costing.walk import Client, walk

# The least speed of a function's hash, as a share of that of the crate alone.
LEAST = 0.9
# Requests that hash more than once: the old password and the new one.
HASHES = {"change-password": 2}
# A thread beside the requests that used less did not hash. A hash takes ten of it.
NO_HASH_MS = 1.0


class Alone:
    """The crate alone, in a process that hashes when it is told to."""

    def __init__(self, program: str):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.schedstat = pathlib.Path(f"/proc/{self.process.pid}/schedstat")
        self.hash_ms()  # The first one is slower.

    def hash_ms(self) -> float:
        """The CPU time of one hash."""
        before = self._cpu_ms()
        self.process.stdin.write("hanami-2026\n")
        if not self.process.stdout.readline():
            sys.exit("the crate alone made no hash")
        return self._cpu_ms() - before

    def _cpu_ms(self) -> float:
        return int(self.schedstat.read_text().split()[0]) / 1e6

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=10)


def beside_requests(stack: Stack) -> dict[tuple[str, int, str], float]:
    """The CPU time of each thread of each function, but for the one that answers."""
    return {
        (function, process, thread): seconds
        for (function, process, thread), seconds in stack.cpu_seconds().items()
        if thread != str(process)
    }


def measure(local: str, folder: str, alone: Alone, members: int) -> dict[str, list[tuple[float, float]]]:
    """For each function that hashes: milliseconds of one hash, its own and that of the crate alone, again and again."""
    pairs: dict[str, list[tuple[float, float]]] = collections.defaultdict(list)
    stack = Stack(local, folder)
    try:
        stack.add_members(members)

        def take(case, request, expected):
            before = beside_requests(stack)
            status, answer, _ = request()
            after = beside_requests(stack)
            if status != expected:
                sys.exit(f"{case}: answered {status}, not {expected}: {answer}")
            used = 1000 * sum(seconds - before.get(task, 0) for task, seconds in after.items())
            if used > NO_HASH_MS:
                pairs[case.split()[0]].append((used / HASHES.get(case, 1), alone.hash_ms()))

        for number in range(members):
            walk(Client(stack, number, counted=False), number, take)
    finally:
        stack.stop()
    return pairs


def built_for_it() -> set[str]:
    """The functions that Cargo.toml has released at opt-level 3. A test holds them to those that hash."""
    packages = re.search(r"^\[profile\.release\.package\]\n(.*?)^$", (ROOT / "Cargo.toml").read_text(), re.M | re.S)
    return set(re.findall(r"^([\w-]+)\.opt-level = 3$", packages.group(1), re.M))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("local", help="the local stack's command: target/debug/local")
    parser.add_argument("folder", help="the folder of the functions' binaries: target/release")
    parser.add_argument("alone", help="the crate alone: target/hash-speed/examples/argon2")
    parser.add_argument("--members", type=int, default=15, help="how many members walk")
    arguments = parser.parse_args()
    here = f"{platform.system()} on {platform.machine()}"
    if here != "Linux on x86_64":
        sys.exit(f"hash-speed is for Linux on x86_64, and this is {here}: nothing was measured.")

    alone = Alone(arguments.alone)
    try:
        pairs = measure(arguments.local, arguments.folder, alone, arguments.members)
    finally:
        alone.stop()
    if unseen := built_for_it() - pairs.keys():
        sys.exit(
            f"built for hashing, and not seen hashing: {', '.join(sorted(unseen))}. "
            "Do members come by in tools/costing/walk.py?"
        )
    print(f"{'one hash of':<24}{'function, ms':>14}{'alone, ms':>14}{'speed':>10}")
    slow = []
    for function, measured in pairs.items():
        own_ms, alone_ms = (statistics.median(times) for times in zip(*measured, strict=True))
        speed = alone_ms / own_ms
        if speed < LEAST:
            slow.append(function)
        print(f"{function:<24}{own_ms:>14.1f}{alone_ms:>14.1f}{speed:>10.2f}")
    print(f"Medians of CPU time. The least speed is {LEAST} of that of the crate argon2 alone at opt-level 3.")
    if slow:
        sys.exit(
            "\n".join(
                f"{function} hashes too slowly: is there '{function}.opt-level = 3' under [profile.release.package] in "
                "Cargo.toml?"
                for function in slow
            )
        )


if __name__ == "__main__":
    main()
