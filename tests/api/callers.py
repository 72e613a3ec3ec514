"""Those who call the API in tests; every answer they get is held to the description."""

import json

from tests.api.conformity import check
from webapp.api.openapi import BASE

ARGS = {
    "order_id": "8841",
    "amount": "129.00",
    "currency": "EUR",
    "counterparty": "cus_77",
    "reason": "damaged",
}
REFUND = {"name": "payments.refund", "args": ARGS}
FRAUD = {"name": "payments.refund", "args": {**ARGS, "reason": "fraud"}}
OTHER = {"name": "payments.refund", "args": {**ARGS, "amount": "100.00"}}
ASK = {"kind": "action", "title": "Refund order 8841", "action": REFUND, "confidence": 0.8}
READINGS = [
    {"id": "same", "text": "Same item, box crushed"},
    {"id": "other", "text": "Another item", "action": OTHER},
]
QUESTION = {"kind": "question", "title": "Which item?", "interpretations": READINGS}


class Caller:
    """Somebody with a key or a token."""

    def __init__(self, app, secret):
        self.app = app
        self.secret = secret

    def call(self, method, path, *, data=None, headers=None, check_it=True, **environ):
        """Call any address; `data` is sent as it is."""
        usual = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        if data is not None:
            usual["Content-Type"] = "application/json"
        sent = {**usual, **(headers or {})}
        client = self.app.test_client(use_cookies=False)
        answer = client.open(path, method=method, data=data, headers=sent, **environ)
        if check_it and path.startswith("/api/v1"):
            check(self.app, method, path, answer)
        return answer

    def get(self, path, **query):
        return self.call("GET", f"{BASE}{path}", query_string=query)

    def post(self, path, body=None, *, key=None, raw=None):
        data = raw if raw is not None else None if body is None else json.dumps(body)
        headers = {"Idempotency-Key": key} if key is not None else {}
        return self.call("POST", f"{BASE}{path}", data=data, headers=headers)

    def submit(self, key="refund:8841", **changes):
        """Submit an ask that needs one approver, or what `changes` make of it, and give it."""
        answer = self.post("/handoffs", {**ASK, **changes}, key=key)
        assert answer.status_code == 201, answer.text
        return answer.json

    def ask(self, key="which:8841", **changes):
        """Submit a question."""
        answer = self.post("/handoffs", {**QUESTION, **changes}, key=key)
        assert answer.status_code == 201, answer.text
        return answer.json

    def read(self, handoff, **query):
        answer = self.get(f"/handoffs/{handoff['id']}", **query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def decide(self, handoff, verb="approve", **more):
        """Decide what `handoff` shows."""
        shown = {"revision": handoff["revision"], "fingerprint": handoff["fingerprint"]}
        return self.post(f"/handoffs/{handoff['id']}/decisions", {"verb": verb, **shown, **more})

    def redeem(self, handoff, *, key="attempt-1", action=None):
        """Redeem the permit of `handoff`."""
        body = {"action": action or handoff["action"]}
        return self.post(f"/permits/{handoff['permit']['id']}/redeem", body, key=key)

    def report(self, handoff, status="succeeded", **more):
        return self.post(f"/handoffs/{handoff['id']}/outcome", {"status": status, **more})
