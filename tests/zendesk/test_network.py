"""The way out of a company's network: a real proxy that is asked to CONNECT, and certificates of an own authority."""

import base64
import datetime
import ipaddress
import logging
import socket
import ssl
import threading
from pathlib import Path
from typing import Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.zendesk import Network, NetworkError
from tests.zendesk.factories import a_client
from tests.zendesk.wire import Wire, reply

ME = {"user": {"id": 1}}
SECRET = "a-proxy-password"


class Proxy:
    """Lets CONNECT requests through, to those who know the password if there is one."""

    def __init__(self, password: str | None = None) -> None:
        self.asked: list[str] = []
        self._expected = password and base64.b64encode(f"me:{password}".encode()).decode()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            sock.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += sock.recv(65536)
        line = head.split(b"\r\n")[0].decode()
        self.asked.append(line)
        if self._expected and f"Basic {self._expected}".encode() not in head:
            sock.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            sock.close()
            return
        host, _, port = line.split()[1].rpartition(":")
        try:
            there = socket.create_connection((host, int(port)), timeout=5)
        except OSError:
            sock.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            sock.close()
            return
        self._open.append(there)
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=_carry, args=(there, sock), daemon=True).start()
        _carry(sock, there)


def _carry(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A file with the certificate of an own authority, and a server's side that shows a certificate of it."""
    folder = tmp_path_factory.mktemp("authority")
    root_key, root = _certificate("Acme Network", None, None)
    key, leaf = _certificate("127.0.0.1", root_key, root)
    (folder / "root.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (folder / "leaf.pem").write_bytes(
        leaf.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "leaf.pem")
    return folder / "root.pem", server


def _certificate(
    name: str, issuer_key: ec.EllipticCurvePrivateKey | None, issuer: x509.Certificate | None
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    signing = issuer_key or key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if issuer is None:
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    else:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))])
        builder = builder.add_extension(names, critical=False)
    return key, builder.sign(signing, hashes.SHA256())


def test_a_request_goes_by_the_proxy_with_its_password(authority: tuple[Path, ssl.SSLContext]):
    root, server = authority
    with Wire(reply(ME), tls=server) as wire, Proxy(SECRET) as proxy:
        network = Network(f"http://me:{SECRET}@{proxy.address}", ca_bundle=str(root))
        assert a_client(wire.url, network=network).me() == {"id": 1}
        assert [line.rpartition(" ")[0] for line in proxy.asked] == [f"CONNECT {wire.url.removeprefix('https://')}"]
        assert "proxy-authorization" not in wire.received[0].headers


def test_hosts_that_need_no_proxy_are_called_without_it(authority: tuple[Path, ssl.SSLContext]):
    root, server = authority
    with Wire(reply(ME), tls=server) as wire, Proxy() as proxy:
        network = Network(f"http://{proxy.address}", "example.com, 127.0.0.0/8", str(root))
        assert a_client(wire.url, network=network).me() == {"id": 1}
        assert proxy.asked == []


def test_the_environment_decides_nothing(authority: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch):
    root, server = authority
    with Wire(reply(ME), tls=server) as wire, Proxy() as proxy:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.address}")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(root))
        with pytest.raises(NetworkError) as caught:
            a_client(wire.url, attempts=1).me()
        assert caught.value.code == "SSLCertVerificationError"
        assert proxy.asked == []


@pytest.mark.parametrize("trouble", ["password", "away", "refuses"])
def test_a_proxy_that_fails_is_named_and_nothing_was_sent(
    trouble: str, authority: tuple[Path, ssl.SSLContext], caplog: pytest.LogCaptureFixture
):
    root, server = authority
    caplog.set_level(logging.DEBUG)
    with Wire(tls=server) as wire, Proxy(None if trouble == "refuses" else "another") as proxy:
        address = "127.0.0.1:1" if trouble == "away" else proxy.address
        network = Network(f"http://me:{SECRET}@{address}", ca_bundle=str(root))
        url = "https://127.0.0.1:1" if trouble == "refuses" else wire.url
        with pytest.raises(NetworkError) as caught:
            a_client(url, network=network, attempts=1).update_tickets([1], {})
        assert (caught.value.code, caught.value.maybe_applied) == ("ProxyError", False)
        assert wire.received == []
    assert SECRET not in f"{caught.value} {network!r} {caplog.text}"


def test_a_certificate_that_is_not_trusted_is_named_also_behind_a_proxy(authority: tuple[Path, ssl.SSLContext]):
    _, server = authority
    with Wire(tls=server) as wire, Proxy() as proxy:
        for network in (Network(), Network(f"http://{proxy.address}")):
            with pytest.raises(NetworkError) as caught:
                a_client(wire.url, network=network, attempts=1).update_tickets([1], {})
            assert (caught.value.code, caught.value.maybe_applied) == ("SSLCertVerificationError", False)
        assert wire.received == []


@pytest.mark.parametrize(
    ("no_proxy", "bypassed"),
    [
        ("", False),
        ("*", True),
        ("acme.zendesk.com", True),
        ("ACME.zendesk.com", True),
        ("zendesk.com", True),
        (".zendesk.com", True),
        ("*.zendesk.com", True),
        ("acme.zendesk.com:443", True),
        ("acme.zendesk.com:8443", False),
        ("desk.com", False),
        ("other.com cme.zendesk.com", False),
        ("10.0.0.0/8", False),
    ],
)
def test_which_hosts_need_no_proxy(no_proxy: str, bypassed: bool):
    found = Network("http://proxy:3128", no_proxy).proxies("https://acme.zendesk.com/api/v2/users/me")
    assert found == ({} if bypassed else {"https": "http://proxy:3128"})
