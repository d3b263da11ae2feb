"""What stands in the pages themselves, and whether a content security policy lets it run: it knows a script by its hash."""

import base64
import hashlib
import pathlib
import re

INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def hashes(pages: pathlib.Path) -> dict[str, str]:
    """The scripts in the pages below this folder: the hash as a policy names it, and a page that has it."""
    found = {}
    for page in sorted(pages.rglob("*")):
        if page.suffix in (".html", ".ibss"):
            for script in INLINE.findall(page.read_text(encoding="utf-8")):
                digest = hashlib.sha256(script.encode()).digest()
                found.setdefault(f"'sha256-{base64.b64encode(digest).decode()}'", str(page.relative_to(pages)))
    return found


def refused(policy: str, pages: pathlib.Path) -> list[str]:
    """The pages whose scripts this policy keeps from running, one for each script."""
    directives = (directive.split() for directive in policy.split(";"))
    sources = next((sources for name, *sources in filter(None, directives) if name == "script-src"), [])
    return [page for digest, page in hashes(pages).items() if digest not in sources]
