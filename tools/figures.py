#!/usr/bin/env python3
"""tools/figures.py [--check] DOCUMENT...: puts the output of this folder's tools into documents, between

    <!-- tools/NAME.py ARGUMENTS -->   and   <!-- end -->

so that a figure in a document is always one that its program prints. With --check nothing is written, and a document
that says something else is an error.
"""

import argparse
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(<!-- (tools/[a-z]+\.py [^\n]*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def output(command: str) -> str:
    run = subprocess.run([sys.executable, *shlex.split(command)], cwd=ROOT, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{command}: {run.stderr.strip()}")
    return run.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, and fail where a figure is another")
    parser.add_argument("documents", nargs="+", type=pathlib.Path)
    arguments = parser.parse_args()
    stale = []
    for document in arguments.documents:
        text = document.read_text()
        if text.count("<!-- end -->") != len(BLOCK.findall(text)):
            sys.exit(f"{document}: a block has no beginning or no end")
        made = BLOCK.sub(lambda block: f"{block[1]}\n{output(block[2])}\n{block[3]}", text)
        if made != text and arguments.check:
            stale.append(str(document))
        elif made != text:
            document.write_text(made)
            print(f"written: {document}")
    if stale:
        sys.exit(f"{', '.join(stale)}: not what the tools print now. Run 'make figures', and read what has changed.")


if __name__ == "__main__":
    main()
