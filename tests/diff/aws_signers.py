"""AWS's own signers behind one face: botocore's auth.py and awscrt's aws-c-auth, both from Debian.

Every function takes a Request as it stands on the wire and gives back what the signer made of it.
"""
import dataclasses
import datetime
import io

import awscrt.auth
import awscrt.http
import botocore.auth
import botocore.awsrequest
import botocore.credentials


@dataclasses.dataclass
class Request:
    method: str = "GET"
    path: str = "/"
    query: str = ""
    headers: list = dataclasses.field(default_factory=list)
    body: bytes = b""

    @property
    def host(self):
        return next(value for name, value in self.headers if name.lower() == "host")

    @property
    def target(self):
        return self.path + ("?" + self.query if self.query else "")


@dataclasses.dataclass
class Signer:
    """Whose key, for what, when. `at` is YYYYMMDDTHHMMSSZ."""
    access_key_id: str
    secret_access_key: str
    session_token: str
    region: str
    service: str
    at: str

    @property
    def instant(self):
        return datetime.datetime.strptime(self.at, "%Y%m%dT%H%M%SZ").replace(
            tzinfo=datetime.timezone.utc)


@dataclasses.dataclass
class Signed:
    """A request with its signature on it. awscrt gives no stages."""
    request: Request
    signature: str
    canonical_request: str = None
    string_to_sign: str = None


def _botocore(auth, request, signer):
    aws_request = botocore.awsrequest.AWSRequest(
        method=request.method, url="https://" + request.host + request.target, data=request.body)
    for name, value in request.headers:
        aws_request.headers[name] = value  # appends: an email.message.Message keeps repetitions
    aws_request.context["timestamp"] = signer.at
    auth._modify_request_before_signing(aws_request)
    canonical = auth.canonical_request(aws_request)
    to_sign = auth.string_to_sign(aws_request, canonical)
    signature = auth.signature(to_sign, aws_request)
    auth._inject_signature_to_request(aws_request, signature)
    after_host = aws_request.url[len("https://" + request.host):]
    path, _, query = after_host.partition("?")
    return Signed(
        Request(request.method, path, query, list(aws_request.headers.items()),
                aws_request.data or b""), signature, canonical, to_sign)


def _botocore_credentials(signer):
    return botocore.credentials.Credentials(
        signer.access_key_id, signer.secret_access_key, signer.session_token or None)


def botocore_sign(request, signer):
    return _botocore(botocore.auth.SigV4Auth(_botocore_credentials(signer), signer.service,
                                             signer.region), request, signer)


def botocore_presign(request, signer, expires):
    """The session token, if any, is always signed; operation parameters are encoded anew."""
    return _botocore(botocore.auth.SigV4QueryAuth(_botocore_credentials(signer), signer.service,
                                                  signer.region, expires), request, signer)


def _awscrt(request, signer, **options):
    headers = awscrt.http.HttpHeaders()
    for name, value in request.headers:
        headers.add(name, value)
    crt_request = awscrt.http.HttpRequest(request.method, request.target, headers,
                                          io.BytesIO(request.body) if request.body else None)
    config = awscrt.auth.AwsSigningConfig(
        algorithm=awscrt.auth.AwsSigningAlgorithm.V4,
        credentials_provider=awscrt.auth.AwsCredentialsProvider.new_static(
            signer.access_key_id, signer.secret_access_key, signer.session_token or None),
        region=signer.region, service=signer.service, date=signer.instant, **options)
    done = awscrt.auth.aws_sign_request(crt_request, config).result(30)
    path, _, query = done.path.partition("?")
    return Request(request.method, path, query, list(done.headers), request.body)


def awscrt_sign(request, signer, body_header=False, omit_session_token=False):
    """`body_header`: whether x-amz-content-sha256 is added and signed."""
    kind = awscrt.auth.AwsSignedBodyHeaderType
    done = _awscrt(request, signer,
                   signature_type=awscrt.auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
                   signed_body_header_type=kind.X_AMZ_CONTENT_SHA_256 if body_header else kind.NONE,
                   omit_session_token=omit_session_token)
    authorization = next(v for n, v in done.headers if n == "Authorization")
    return Signed(done, authorization.rpartition("Signature=")[2])


def awscrt_presign(request, signer, expires=None, omit_session_token=False):
    done = _awscrt(request, signer,
                   signature_type=awscrt.auth.AwsSignatureType.HTTP_REQUEST_QUERY_PARAMS,
                   expiration_in_seconds=expires, omit_session_token=omit_session_token)
    return Signed(done, done.query.rpartition("X-Amz-Signature=")[2])
