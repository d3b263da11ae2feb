"""The parts of tools/cost.py: what is measured on a local stack, what is assumed, and what AWS asks for it."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MEASURED = ROOT / "tools" / "measured.json"

# The function that SES tells what becomes of a code's mail, and how often it does: when it took it, and when it arrived.
# Of other mails it tells what comes back.
LISTENER = "record-mail-event"
EVENTS = 2
