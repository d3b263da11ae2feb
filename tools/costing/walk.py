"""A member's way through every step, on a local stack."""

import datetime
import functools
import http.client
import json
import re

from costing.stack import Stack


class Client:
    """A browser as far as the API needs one: cookies, an address, and a clock that each request moves on by a minute,
    so that no code is asked for too soon."""

    def __init__(self, stack: "Stack", number: int, counted: bool):
        self.stack, self.counted = stack, counted
        self.cookies: dict[str, str] = {}
        self.address = f"198.51.{100 + number // 250}.{number % 250 + 1}"
        self.now = datetime.datetime.now(datetime.timezone.utc)

    def call(self, method: str, path: str, body: dict | None = None) -> tuple[int, dict, int]:
        """Status, body, and the size of the answer in bytes."""
        self.now += datetime.timedelta(seconds=61)
        headers = {
            "x-local-now": self.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-local-client": self.address,
            "content-type": "application/json",
            "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 "
            "Mobile/15E148 Safari/604.1",
            "cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if self.counted:
            headers["x-local-calls"] = "1"
        connection = http.client.HTTPConnection(self.stack.site, timeout=30)
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        size = len(text) + sum(
            len(name) + len(value) + 4 for name, value in answer.getheaders() if not name.startswith("x-local")
        )
        for cookie in answer.headers.get_all("set-cookie") or []:
            name, value = re.match(r"([^=]+)=([^;]*)", cookie).groups()
            self.cookies[name] = value
        return answer.status, json.loads(text) if text else {}, size


def walk(client: Client, number: int, take) -> None:
    """One member through every case. `take(case, request)` makes the request, and looks at what it costs."""
    user, old, new = f"cost-{number}", "hanami-2026", "tsukimi-2026"
    first, second = f"cost-{number}@example.jp", f"cost-{number}@example.com"
    identity = {
        "insurerCode": "jkc",
        "symbol": "01",
        "number": f"cost{number:04}",
        "birthDate": "昭和55年1月1日",
        "nameKana": "けんぽ たろう",
    }
    post = functools.partial(functools.partial, client.call, "POST")
    code = client.stack.code

    take("verify-member refused", post("/api/members/verify", identity | {"birthDate": "昭和55年1月2日"}), 404)
    take("verify-member", post("/api/members/verify", identity), 200)
    take("create-user", post("/api/users", {"userId": user, "password": old, "email": first}), 201)
    take("get-registration", functools.partial(client.call, "GET", "/api/registration"), 200)
    take("send-code", post("/api/codes", {}), 202)
    wrong = f"{(int(code(first)) + 1) % 1_000_000:06}"
    take("confirm-code refused", post("/api/codes/confirm", {"code": wrong}), 422)
    take("confirm-code", post("/api/codes/confirm", {"code": code(first)}), 200)
    take("login refused", post("/api/sessions", {"userId": user, "password": new}), 401)
    take("login", post("/api/sessions", {"userId": user, "password": old}), 200)
    version = client.call("GET", "/api/session")[1]["terms"]["version"]
    take("accept-terms", post("/api/terms/acceptance", {"version": version}), 200)
    take("get-session", functools.partial(client.call, "GET", "/api/session"), 200)
    change = {"currentPassword": old, "email": second}
    take("change-email asked", post("/api/account/email", change), 202)
    take("change-email", post("/api/account/email", {"code": code(second)}), 204)
    take("list-sessions", functools.partial(client.call, "GET", "/api/account/sessions"), 200)
    take("end-sessions", post("/api/account/sessions/end", {"session": "others"}), 204)
    change = {"currentPassword": old, "password": new}
    take("change-password", post("/api/account/password", change), 204)
    take("logout", functools.partial(client.call, "DELETE", "/api/session"), 204)
    take("remind-user-id", post("/api/user-id-reminders", identity), 202)
    take("request-password-reset", post("/api/password-resets", {"userId": user, "email": second}), 202)
    take("reset-password", post("/api/password-resets/confirm", {"code": code(second), "password": old}), 204)
