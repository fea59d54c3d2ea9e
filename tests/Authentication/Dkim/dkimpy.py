"""Signs and verifies messages with dkimpy. Reads a JSON list of requests from a file and writes a JSON list of results to another.

Request to sign: {"op": "sign", "message": base64, "key": text, "algorithm": "rsa-sha256", "header": "relaxed", "body": "simple",
"fields": [...], "length": false}; the result is the signed message in base64. Request to verify: {"op": "verify" or "arc", "message":
base64, "keys": {name: record}}; the result is true or false, or the chain status. With "op": "verify-first" and "count", the result is
a list of words for the first signatures: pass, fail or an error.
"""

import base64
import json
import sys

import dkim


def sign(request):
    message = base64.b64decode(request["message"])
    field = dkim.sign(
        message,
        b"sel",
        b"example.org",
        request["key"].encode(),
        canonicalize=(request["header"].encode(), request["body"].encode()),
        signature_algorithm=request["algorithm"].encode(),
        include_headers=[name.encode() for name in request["fields"]],
        length=request["length"],
    )
    return base64.b64encode(field + message).decode()


def records(request):
    def find(name, timeout=5):
        record = request["keys"].get(name.decode().rstrip("."))
        return record.encode() if record else None

    return find


def verify(request):
    try:
        return dkim.verify(base64.b64decode(request["message"]), dnsfunc=records(request))
    except dkim.DKIMException as error:
        return repr(error)


def verify_first(request):
    def one(index):
        try:
            valid = dkim.DKIM(base64.b64decode(request["message"])).verify(idx=index, dnsfunc=records(request))
            return "pass" if valid else "fail"
        except dkim.DKIMException as error:
            return repr(error)

    return [one(index) for index in range(request["count"])]


def arc(request):
    status, _, reason = dkim.arc_verify(base64.b64decode(request["message"]), dnsfunc=records(request))
    return f"{status.decode()} {reason}" if status != b"pass" else "pass"


operations = {"sign": sign, "verify": verify, "verify-first": verify_first, "arc": arc}
with open(sys.argv[1]) as file:
    requests = json.load(file)
with open(sys.argv[2], "w") as file:
    json.dump([operations[request["op"]](request) for request in requests], file)
