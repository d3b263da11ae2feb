#!/usr/bin/env python3
"""tools/sizes.py FOLDER STEP...: prints the size of each step's binary in FOLDER and of the zip that Lambda would get.

Lambda loads that zip at every cold start, so its size is time that a member waits.
"""

import io
import pathlib
import sys
import zipfile

AIM = 2_000_000


def zipped(binary: pathlib.Path) -> int:
    """The size in bytes of a zip with the binary, packed as hard as zip can."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.write(binary, "bootstrap")
    return len(buffer.getvalue())


def main() -> None:
    folder, *steps = sys.argv[1:]
    over = []
    print(f"{'function':<16}{'binary':>14}{'zip':>14}")
    for step in steps:
        binary = pathlib.Path(folder, step)
        size = zipped(binary)
        note = ""
        if size > AIM:
            over.append(step)
            note = f"  {size - AIM:,} over"
        print(f"{step:<16}{binary.stat().st_size:>14,}{size:>14,}{note}")
    print(f"Bytes. The aim is a zip of {AIM:,}: " + (f"{', '.join(over)} over it." if over else "all within it."))


if __name__ == "__main__":
    main()
