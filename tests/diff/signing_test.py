"""Our signer and verifier against AWS's own, on generated requests.

The same seed gives the same requests. Run by CTest as diff/signing; SIGV4_TOOL names the filter
built from sigv4_tool.cpp. A missing Debian package (python3-botocore, python3-awscrt) is a failure.
SIGNING_SEED and SIGNING_ROUNDS widen the search.
"""
import base64
import dataclasses
import datetime
import json
import os
import random
import subprocess
import urllib.parse

import aws_signers
from aws_signers import Request, Signer

SEED = int(os.environ.get("SIGNING_SEED", "20260102"))
ROUNDS = int(os.environ.get("SIGNING_ROUNDS", "1000"))
UNRESERVED = "-_.~"
# Characters that have gone wrong somewhere: reserved, quoted, spaces, two to four bytes of UTF-8.
ODD = list("abcXYZ0189-_.~ !\"#$%&'()*+,/:;<=>?@[]^`{|}") + ["é", "ü", "日", "本", "😀", "\u0301"]


def ask_tool(lines):
    """Sends JSON lines through the filter and returns one answer a line."""
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([os.environ["SIGV4_TOOL"]], input=text.encode(), stdout=subprocess.PIPE,
                          check=True, timeout=300)
    answers = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert len(answers) == len(lines)
    return answers


def as_line(op, request, signer, **more):
    return {"op": op, "region": signer.region, "service": signer.service, "at": signer.at,
            "request": {"method": request.method, "path": request.path, "query": request.query,
                        "headers": [list(field) for field in request.headers],
                        "body": base64.b64encode(request.body).decode()},
            "credentials": {"access_key_id": signer.access_key_id,
                            "secret_access_key": signer.secret_access_key,
                            "session_token": signer.session_token}, **more}


class Generator:
    """Draws requests and signers; nothing here depends on the clock."""

    def __init__(self, name):
        self.random = random.Random(f"{SEED}/{name}")

    def text(self, most, alphabet=ODD):
        return "".join(self.random.choices(alphabet, k=self.random.randint(0, most)))

    def path(self):
        segments = []
        for _ in range(self.random.randint(0, 5)):
            kind = self.random.random()
            if kind < 0.1:
                segments.append(self.random.choice([".", "..", ""]))
            else:  # some encoders leave sub-delims alone, some encode even what needs none
                safe = self.random.choice(["", UNRESERVED, UNRESERVED + "!$&'()*+,;=:@"])
                segments.append(urllib.parse.quote(self.text(8), safe=safe))
        return "/" + "/".join(segments) + self.random.choice(["", "", "/"])

    def query(self, encode=None, keys_may_repeat=True):
        encode = encode or (lambda text: urllib.parse.quote(text, safe=UNRESERVED))
        keys = ["a", "A", "a-b", "aB", "x", "X-Thing"] + [self.text(6) or "k" for _ in range(3)]
        pieces = []
        for _ in range(self.random.choice([0, 0, 1, 2, 3, 6])):
            key = self.random.choice(keys)
            if not keys_may_repeat:
                keys.remove(key)
            name, value = encode(key), encode(self.text(6))
            bare = not value and self.random.random() < 0.5
            pieces.append(name if bare else name + "=" + value)
        return "&".join(pieces)

    def careless_query(self):
        """Encoded as browsers and people do: too little, too much, in lower case, `+`, `&&`."""
        def encode(text):
            safe = self.random.choice(["", UNRESERVED, UNRESERVED + "!$'()*,:@/?"])
            quoted = urllib.parse.quote(text, safe=safe)
            if self.random.random() < 0.3:
                quoted = quoted.replace("%20", "+")
            return quoted.lower() if self.random.random() < 0.3 else quoted
        query = self.query(encode)
        return query.replace("&", "&&", 1) if self.random.random() < 0.1 else query

    def header_value(self):
        value = self.text(12, list("abcXYZ019 ,;=\"'/*") + ["é", "日"])
        for _ in range(self.random.choice([0, 0, 1, 2])):
            at = self.random.randint(0, len(value))
            value = value[:at] + self.random.choice([" ", "  ", "\t", " \t ", "\r\n "]) + value[at:]
        return value

    def headers(self):
        host = self.random.choice(["iot.ap-northeast-1.amazonaws.com", "localhost", "127.0.0.1",
                                   "a1b2c3-ats.iot.us-east-1.amazonaws.com"])
        port = self.random.choice(["", "", ":8443", ":4566"])
        fields = [("Host", host + port)]
        names = ["Content-Type", "X-Amz-Target", "X-Amz-Meta-A", "x-custom", "X-CUSTOM", "My-Header",
                 "Accept", "Zeta", "User-Agent", "X-Amzn-Trace-Id"]
        for _ in range(self.random.choice([0, 1, 2, 4, 7])):
            fields.append((self.random.choice(names), self.header_value()))
        self.random.shuffle(fields)
        return fields

    def request(self, query=None):
        body = self.random.choice([b"", b"{}", self.random.randbytes(self.random.randint(1, 200))])
        query = self.query() if query is None else query
        # awscrt's URI parser takes `:/` anywhere in a target for the end of a scheme and gives up.
        return Request(self.random.choice(["GET", "POST", "PUT", "DELETE", "HEAD"]),
                       self.path().replace(":/", "%3A/"), query.replace(":/", "%3A/"),
                       self.headers(), body)

    def signer(self, service=None):
        base64_text = list("ABCDEFabcdef0123456789+/=")
        start = datetime.datetime(2015, 1, 1)
        at = start + datetime.timedelta(seconds=self.random.randint(0, 20 * 365 * 86400))
        return Signer(access_key_id="AKIA" + "".join(self.random.choices("ABCDEF234567", k=16)),
                      secret_access_key="".join(self.random.choices(base64_text, k=40)),
                      session_token=self.random.choice(
                          ["", "".join(self.random.choices(base64_text, k=300))]),
                      region=self.random.choice(["ap-northeast-1", "us-east-1", "eu-west-3"]),
                      service=service or self.random.choice(["iot", "sts", "cognito-idp", "iotdata"]),
                      at=at.strftime("%Y%m%dT%H%M%SZ"))


def explain(request, signer, theirs, ours):
    """Names the first stage that differs."""
    for stage in ("canonical_request", "string_to_sign", "signature"):
        expected = getattr(theirs, stage)
        if expected is not None and ours.get(stage) != expected:
            return (f"{stage} differs for {request}\n{signer}\n--- theirs\n{expected}\n"
                    f"--- ours\n{ours.get(stage, ours)}")
    return None


def expect_same(cases, ours):
    faults = [fault for (request, signer, theirs), answer in zip(cases, ours)
              if (fault := explain(request, signer, theirs, answer))]
    assert not faults, f"{len(faults)} of {len(cases)} differ; the first:\n{faults[0]}"


def expect_accepted(cases, **options):
    answers = ask_tool([as_line("verify", theirs.request, signer, **options)
                        for _, signer, theirs in cases])
    refused = [(case, answer) for case, answer in zip(cases, answers) if "error" in answer]
    assert not refused, f"{len(refused)} of {len(cases)} refused; the first: {refused[0]}"


# Each mutation takes (request, signer, random) and returns both, changed so that a signature over
# the original says nothing about the result.
def change_method(request, signer, _):
    return dataclasses.replace(request, method=request.method + "X"), signer


def change_path(request, signer, _):
    return dataclasses.replace(request, path=request.path + "x"), signer


def add_query(request, signer, _):
    return dataclasses.replace(request, query=request.query + "&zz=1" if request.query else "zz=1"), \
        signer


def change_body(request, signer, _):
    return dataclasses.replace(request, body=request.body + b"x"), signer


def change_header(request, signer, rng):
    signed = [at for at, (name, _) in enumerate(request.headers)
              if name.lower() not in ("authorization", "user-agent", "x-amzn-trace-id")]
    at = rng.choice(signed)
    headers = list(request.headers)
    headers[at] = (headers[at][0], headers[at][1] + "7")
    return dataclasses.replace(request, headers=headers), signer


def drop_header(request, signer, rng):
    signed = [at for at, (name, _) in enumerate(request.headers)
              if name.lower() not in ("authorization", "user-agent", "x-amzn-trace-id")]
    headers = list(request.headers)
    del headers[rng.choice(signed)]
    return dataclasses.replace(request, headers=headers), signer


def change_secret(request, signer, _):
    return request, dataclasses.replace(signer, secret_access_key=signer.secret_access_key[:-1] + "!")


def let_time_pass(request, signer, rng):
    later = signer.instant + datetime.timedelta(seconds=rng.choice([-301, 604_800, 10_000_000]))
    return request, dataclasses.replace(signer, at=later.strftime("%Y%m%dT%H%M%SZ"))


def change_signature(request, signer, rng):
    def flip(text):
        at = text.rfind("Signature=") + len("Signature=") + rng.randint(0, 63)
        return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1:]
    return dataclasses.replace(
        request, query=flip(request.query) if "X-Amz-Signature" in request.query else request.query,
        headers=[(n, flip(v) if n == "Authorization" else v) for n, v in request.headers]), signer


def change_scope(request, signer, _):
    other = "eu-north-1"
    return dataclasses.replace(
        request, query=request.query.replace("%2F" + signer.region + "%2F", f"%2F{other}%2F"),
        headers=[(n, v.replace("/" + signer.region + "/", f"/{other}/")
                  if n == "Authorization" else v) for n, v in request.headers]), signer


MUTATIONS = [change_method, change_path, add_query, change_body, change_header, drop_header,
             change_secret, let_time_pass, change_signature, change_scope]


def expect_mutations_refused(name, cases, **options):
    rng = random.Random(f"{SEED}/mutations/{name}")
    lines, labels = [], []
    for _, signer, theirs in cases:
        mutate = rng.choice(MUTATIONS)
        lines.append(as_line("verify", *mutate(theirs.request, signer, rng), **options))
        labels.append(mutate.__name__)
    accepted = [(label, line) for label, line, answer in zip(labels, lines, ask_tool(lines))
                if "error" not in answer]
    assert set(labels) == {mutation.__name__ for mutation in MUTATIONS}
    assert not accepted, f"{len(accepted)} of {len(cases)} accepted; the first: {accepted[0]}"


def test_header_signatures_equal_botocores():
    draw = Generator("botocore/header")
    cases = []
    for _ in range(ROUNDS):
        request, signer = draw.request(), draw.signer()
        cases.append((request, signer, aws_signers.botocore_sign(request, signer)))
    expect_same(cases, ask_tool([as_line("sign", r, s) for r, s, _ in cases]))
    expect_accepted(cases)
    expect_mutations_refused("botocore/header", cases)


def test_header_signatures_equal_awscrts():
    draw = Generator("awscrt/header")
    cases, lines = [], []
    for _ in range(ROUNDS):
        request, signer = draw.request(draw.careless_query()), draw.signer()
        with_hash = draw.random.random() < 0.3
        theirs = aws_signers.awscrt_sign(request, signer, with_hash)
        added = [field for field in theirs.request.headers if field[0] == "x-amz-content-sha256"]
        assert bool(added) == with_hash
        cases.append((request, signer, theirs))
        lines.append(as_line(
            "sign", dataclasses.replace(request, headers=request.headers + added), signer))
    expect_same(cases, ask_tool(lines))
    expect_accepted(cases)
    expect_mutations_refused("awscrt/header", cases)


def test_headers_added_are_the_ones_botocore_sends():
    draw = Generator("botocore/added")
    for request, signer in [(draw.request(), draw.signer()) for _ in range(50)]:
        theirs = aws_signers.botocore_sign(request, signer).request.headers
        ours = ask_tool([as_line("sign", request, signer)])[0]["headers"]
        assert sorted(map(tuple, ours)) == sorted(theirs[len(request.headers):])


def test_presigned_queries_equal_botocores():
    draw = Generator("botocore/query")
    cases, lines = [], []
    for _ in range(ROUNDS):
        query = draw.query(keys_may_repeat=False)  # botocore keeps the first of each key alone
        request, signer = draw.request(query), draw.signer()
        request.body = b""  # botocore would move it into the query
        expires = draw.random.randint(1, 604_800)
        theirs = aws_signers.botocore_presign(request, signer, expires)
        ours_from = dataclasses.replace(
            request, query=theirs.request.query.partition("X-Amz-Algorithm=")[0].rstrip("&"))
        cases.append((request, signer, theirs))
        lines.append(as_line("presign", ours_from, signer, expires=expires, token="signed"))
    expect_same(cases, ask_tool(lines))
    expect_accepted(cases)
    expect_accepted(cases, token="either")
    expect_mutations_refused("botocore/query", cases)


def test_presigned_queries_equal_awscrts_byte_for_byte():
    draw = Generator("awscrt/query")
    for token in ("signed", "beside"):
        cases, lines = [], []
        for _ in range(ROUNDS // 2):
            request, signer = draw.request(draw.careless_query()), draw.signer()
            expires = draw.random.choice([None, draw.random.randint(1, 604_800)])
            theirs = aws_signers.awscrt_presign(request, signer, expires, token == "beside")
            cases.append((request, signer, theirs))
            lines.append(as_line("presign", request, signer, expires=expires, token=token))
        answers = ask_tool(lines)
        expect_same(cases, answers)
        for (_, _, theirs), ours in zip(cases, answers):
            assert ours["query"] == theirs.request.query
        expect_accepted(cases, token=token)
        expect_accepted(cases, token="either")
        expect_mutations_refused("awscrt/query/" + token, cases, token=token)


def test_a_token_in_the_wrong_place_is_refused():
    draw = Generator("token")
    for omit, ask_for in ((False, "beside"), (True, "signed")):
        cases = []
        while len(cases) < 100:
            request, signer = draw.request(), draw.signer()
            if signer.session_token:
                cases.append((request, signer, aws_signers.awscrt_presign(
                    request, signer, 3600, omit_session_token=omit)))
        answers = ask_tool([as_line("verify", theirs.request, signer, token=ask_for)
                            for _, signer, theirs in cases])
        assert all("error" in answer for answer in answers)
        if ask_for == "beside":
            assert {answer["detail"] for answer in answers} == {
                "the session token is part of what was signed; here it must stand beside the "
                "signature"}


def test_a_token_header_that_is_not_signed_is_accepted_where_asked_for():
    draw = Generator("token/header")
    cases = []
    while len(cases) < 100:
        request, signer = draw.request(), draw.signer()
        if signer.session_token:
            cases.append((request, signer, aws_signers.awscrt_sign(
                request, signer, omit_session_token=True)))
    expect_accepted(cases, token="beside")
    expect_accepted(cases, token="either")
    answers = ask_tool([as_line("verify", theirs.request, signer) for _, signer, theirs in cases])
    assert {answer.get("error") for answer in answers} == {"an x-amz- header is not signed"}


def test_websocket_urls_equal_awscrts():
    draw = Generator("url")
    cases, lines = [], []
    for _ in range(ROUNDS // 2):
        host = draw.random.choice(["a1b2c3d4e5f6g7-ats.iot.ap-northeast-1.amazonaws.com",
                                   "localhost:8443", "127.0.0.1:4566", "[::1]:443", "h.example:443"])
        request = Request(path="/mqtt", headers=[("Host", host)])
        signer = draw.signer(draw.random.choice(["iotdevicegateway", "iotdata"]))
        expires = draw.random.choice([None, draw.random.randint(1, 604_800)])
        theirs = aws_signers.awscrt_presign(request, signer, expires, omit_session_token=True)
        cases.append(f"wss://{host}/mqtt?{theirs.request.query}")
        lines.append(as_line("presign_url", request, signer, host=host, expires=expires))
    assert [answer.get("url", answer) for answer in ask_tool(lines)] == cases


def test_a_host_signed_without_its_port_is_found_among_the_alternatives():
    signer = Generator("hosts").signer("iotdevicegateway")
    theirs = aws_signers.awscrt_presign(
        Request(path="/mqtt", headers=[("Host", "localhost")]), signer, None, True)
    received = dataclasses.replace(theirs.request, headers=[("Host", "localhost:4566")])
    refused, accepted = ask_tool([
        as_line("verify", received, signer, token="beside"),
        as_line("verify", received, signer, token="beside", hosts=["localhost:4566", "localhost"])])
    assert refused["error"] == "the signature does not match the request"
    assert accepted["canonical_request"].splitlines()[3] == "host:localhost"
