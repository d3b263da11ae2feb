#!/usr/bin/env python3
"""What the product costs, from what it does: `tools/cost.py measure` walks each step on a local stack and writes what was
counted to tools/measured.json; `tools/cost.py bill` prices that. docs/cost.md has the bill and says how to read it.

DynamoDB's units are what the local stack's database reports as consumed, which follows AWS's rules (1 KB a write, 4 KB a
read, transactions and their condition checks double). Times cannot be measured away from AWS: a step's duration is the
CPU that its binary used here, plus an assumed latency for each round of calls that it waits for (LATENCY_MS).
"""

import argparse
import pathlib

from costing import MEASURED
from costing.bill import bill, cognito, fixed, prices, steps
from costing.measuring import measure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("measure", help="walk every step on a local stack, and write what was counted")
    one.add_argument("local", help="the local stack's command: target/debug/local")
    one.add_argument("binaries", help="the folder of the functions' binaries: target/release")
    one.add_argument("--members", type=int, default=12, help="how many walks the CPU is averaged over")
    one.add_argument("--node", default="node", help="Node.js, for the browser's part")
    one.add_argument("--label", default="released", help="what the binaries are, for the record")
    one.add_argument("--output", type=pathlib.Path, default=MEASURED, help="the file to write")
    one.set_defaults(run=measure)

    for name, run, about in [
        ("bill", bill, "what a campaign costs, line by line"),
        ("fixed", fixed, "what an idle stack costs in a month"),
        ("cognito", cognito, "what Cognito's user pools would ask for the same members"),
        ("steps", steps, "what was measured of each step, and what it comes to per member"),
        ("prices", prices, "the prices, and where each is from"),
    ]:
        one = commands.add_parser(name, help=about)
        one.add_argument("--measured", type=pathlib.Path, default=MEASURED, help="what `measure` wrote")
        one.add_argument("--members", type=int, default=100_000)
        one.add_argument("--arch", choices=["arm64", "x86_64"], default="arm64", help="the functions' instruction set")
        one.add_argument("--customer-key", action="store_true", help="with CustomerKey=true")
        one.set_defaults(run=run)

    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
