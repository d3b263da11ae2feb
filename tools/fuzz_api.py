"""Tries the API with schemathesis, by docs/openapi.yaml, against a local stack of its own.

    tools/fuzz_api.py SCHEMATHESIS LOCAL BINARIES [ARGUMENT ...]

Each request comes from an address of its own, so that no throttle stands in its way, and has the cookie that its
operation asks for: of a registration, a reset or a session that is made for it. What is passed on is schemathesis's
own: `--max-examples 200`, `--seed 7`.

As a module of hooks (SCHEMATHESIS_HOOKS) it does the same for schemathesis.
"""

import base64
import datetime
import http.client
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(__file__).resolve().parent
ROOT = TOOLS.parent
# Which stack it is, for the hooks.
SITE = "FUZZED_SITE"
# Everything that the description promises. What is left out, and why, is in docs/fuzzing.md.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
MEMBER = ["jkc", "01", "jvc0211"]
ACCOUNT = {"userId": "Kenpo-Taro", "password": "kaze-to-7sora", "email": "kenpo-taro@example.jp", "member": MEMBER}
TERMS = "2023-09-01"


def token() -> str:
    """A token as a cookie has it."""
    return base64.urlsafe_b64encode(random.randbytes(32)).rstrip(b"=").decode()


def state(flow: str, secret: str) -> dict:
    """The state in which a cookie of a flow means something."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if flow == "registration":
        chosen = {name: ACCOUNT[name] for name in ("userId", "password", "email")}
        code = {"code": "123456", "sentAt": now}
        return {
            "registrations": [
                {"token": secret, "member": MEMBER, "verifiedAt": now, "chosen": chosen, "code": code, "sentAt": [now]}
            ]
        }
    if flow == "reset":
        return {"resets": [{"token": secret, "requestedAt": now, "code": "123456", "account": ACCOUNT}]}
    session = {
        "token": secret,
        "userId": ACCOUNT["userId"],
        "member": MEMBER,
        "signedInAt": now,
        "termsAccepted": TERMS,
    }
    listed = [{"token": secret, "signedInAt": now}]
    account = ACCOUNT | {"createdAt": now, "termsAccepted": TERMS, "sessions": listed}
    return {"accounts": [account], "sessions": [session]}


def load(site: str, what: dict) -> None:
    """Puts a state into the stack."""
    connection = http.client.HTTPConnection(site, timeout=30)
    connection.request("POST", "/_local/state", json.dumps(what), {"content-type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 204:
        raise SystemExit(f"{what}: {answer.status} {text.decode()}")


def main() -> int:
    sys.path.insert(0, str(TOOLS))
    from costing.stack import Stack  # noqa: PLC0415

    schemathesis, local, binaries, *arguments = sys.argv[1:]
    stack = Stack(local, binaries)
    kept = tempfile.TemporaryDirectory()
    try:
        environment = os.environ | {
            "HYPOTHESIS_STORAGE_DIRECTORY": kept.name,
            "SCHEMATHESIS_HOOKS": "fuzz_api",
            "PYTHONPATH": str(TOOLS),
            SITE: stack.site,
        }
        command = [schemathesis, "run", "docs/openapi.yaml", "--url", f"http://{stack.site}", "--no-color"]
        command += ["--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", *arguments]
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        panics = [line for line in stack.lines if "panicked" in line or "crashed" in line]
        for line in panics:
            print(line, file=sys.stderr)
        return code or bool(panics)
    finally:
        stack.stop()
        kept.cleanup()


if __name__ == "__main__":
    sys.exit(main())

if site := os.environ.get(SITE):
    import schemathesis

    FLOWS = ("registration", "reset", "session")

    @schemathesis.hook
    def before_call(context, case, kwargs):
        """Gives a request its address, and the cookie of its flow."""
        case.headers["x-local-client"] = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"
        for asked in case.operation.definition.raw.get("security", []):
            for flow in set(asked) & set(FLOWS):
                secret = token()
                load(site, state(flow, secret))
                case.cookies[f"__Host-{flow}"] = secret
