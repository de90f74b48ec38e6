"""The local server: ranges, media types, and no way out of the folder."""

import http.client
import socket
import threading
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipplot_pipeline.errors import UsageError
from clipplot_pipeline.site.serve import locate_file, make_server, parse_range

DATA = bytes(range(256)) * 3000  # more than one chunk


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    outside = tmp_path_factory.mktemp("served")
    (outside / "secret.txt").write_text("secret")
    folder = outside / "site"
    (folder / "s" / "x").mkdir(parents=True)
    (folder / "sub").mkdir()
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("hidden")
    (folder / "index.html").write_text("<p>home")
    (folder / "sub" / "index.html").write_text("<p>sub")
    (folder / "data.bin").write_bytes(DATA)
    (folder / "empty.bin").write_bytes(b"")
    for name in ("main.js", "manifest.json", "a.webp", "images.parquet", "a é%2f.jpg"):
        (folder / name).write_bytes(b"x")
    return folder


@pytest.fixture(scope="module")
def server(folder):
    server = make_server(folder, port=0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def _connect(server):
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def _ask(server, target, method="GET", **headers):
    with _connect(server) as connection:
        connection.request(method, target, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()


@pytest.mark.parametrize(
    ("target", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/index.html?x=../..", "text/html; charset=utf-8"),
        ("/sub/", "text/html; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"),
        ("/manifest.json", "application/json"),
        ("/data.bin", "application/octet-stream"),
        ("/a.webp", "image/webp"),
        ("/images.parquet", "application/vnd.apache.parquet"),
    ],
)
def test_media_types(server, target, media_type):
    status, headers, body = _ask(server, target)
    assert (status, headers["Content-Type"]) == (200, media_type)
    assert int(headers["Content-Length"]) == len(body) > 0
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Encoding" not in headers


@pytest.mark.parametrize(
    ("wanted", "status", "span"),
    [
        ("bytes=0-9", 206, (0, 10)),
        ("bytes=700000-", 206, (700_000, 768_000)),
        ("bytes=-5", 206, (767_995, 768_000)),
        ("bytes=-9999999", 206, (0, 768_000)),
        ("bytes=5-99999999", 206, (5, 768_000)),
        ("bytes=0-", 206, (0, 768_000)),
        ("bytes=9-5", 200, (0, 768_000)),
        ("bytes=0-1,5-6", 200, (0, 768_000)),
        ("bytes=-", 200, (0, 768_000)),
        ("items=0-1", 200, (0, 768_000)),
        ("bytes=768000-", 416, None),
        ("bytes=-0", 416, None),
    ],
)
def test_ranges(server, wanted, status, span):
    found, headers, body = _ask(server, "/data.bin", Range=wanted)
    assert found == status
    if span is None:
        assert headers["Content-Range"] == "bytes */768000"
        assert body == b""
    else:
        assert body == DATA[slice(*span)]
        expected = f"bytes {span[0]}-{span[1] - 1}/768000" if status == 206 else None
        assert headers.get("Content-Range") == expected
    assert headers["Accept-Ranges"] == "bytes"


@given(st.text("bytes=-0123456789, ", max_size=20), st.integers(0, 300))
def test_any_range_lies_within_the_file(header, size):
    span = parse_range(header, size)
    assert span is None or (span.first >= 0 and span.last < size and span.last - span.first >= -1)


def test_empty_files(server):
    assert _ask(server, "/empty.bin")[::2] == (200, b"")
    assert _ask(server, "/empty.bin", Range="bytes=0-")[0] == 416


def test_head_has_the_headers_and_no_body(server):
    status, headers, body = _ask(server, "/data.bin", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, "768000", b"")
    assert _ask(server, "/absent", "HEAD")[::2] == (404, b"")
    assert _ask(server, "/data.bin", "HEAD", Range="bytes=0-9")[0] == 206


def test_what_did_not_change_is_not_sent_again(server):
    _, headers, _ = _ask(server, "/data.bin")
    status, _, body = _ask(server, "/data.bin", If_None_Match=headers["ETag"])
    assert (status, body) == (304, b"")
    assert _ask(server, "/data.bin", If_None_Match='"other"')[0] == 200
    assert _ask(server, "/data.bin", If_Range='"other"', Range="bytes=0-1")[0] == 200
    assert _ask(server, "/data.bin", If_Range=headers["ETag"], Range="bytes=0-1")[0] == 206


def test_one_connection_serves_many(server):
    with _connect(server) as connection:
        for target, status in (
            ("/", 200),
            ("/absent", 404),
            ("/data.bin", 200),
            ("/sub", 301),
            ("/main.js", 200),
        ):
            connection.request("GET", target)
            response = connection.getresponse()
            response.read()
            assert response.status == status
            assert response.version == 11


def test_a_folder_without_its_slash_is_redirected_inside(server):
    status, headers, _ = _ask(server, "/sub")
    assert (status, headers["Location"]) == (301, "/sub/")
    # A browser would take //sub/ for another server.
    assert _ask(server, "//sub")[1]["Location"] == "/sub/"


@pytest.mark.parametrize(
    "target",
    [
        "/s/",
        "/s",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/sub/../../secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/a%20%C3%A9%252f.jpg%2f",
        "/main.js%00",
        "/main.js/",
        "/.git/config",
        "/C:/Windows/win.ini",
        "/main.js::$DATA",
        "/%ff",
        "/con",
        "/NUL.txt",
        "/" + "a" * 5000,
        "*",
    ],
)
def test_no_listing_and_no_way_out(server, target):
    status, _, body = _ask(server, target)
    assert status in {400, 404}
    assert b"secret" not in body


def test_links_that_lead_out_are_not_followed(server, folder):
    try:
        (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
        (folder / "inside.js").symlink_to(folder / "main.js")
    except OSError:  # Windows asks for a privilege
        pytest.skip("this machine lets us make no links")
    assert _ask(server, "/link.txt")[0] == 404
    assert _ask(server, "/inside.js")[0] == 200


def test_the_body_of_a_request_is_no_request(server):
    with _connect(server) as connection:
        connection.request("GET", "/main.js", body=b"GET /absent HTTP/1.1\r\n\r\n")
        assert connection.getresponse().read() == b"x"
        connection.request("GET", "/main.js")  # on a new connection
        assert connection.getresponse().status == 200


def test_names_are_decoded_once(server):
    assert _ask(server, "/a%20%C3%A9%252f.jpg")[0] == 200


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["..", "%2e", "/", "\\", "secret.txt", "%2f", "site", "a", "%00", ".", "?", "#"])
    )
)
def test_whatever_is_asked_stays_inside(folder, parts):
    found = locate_file(folder.resolve(), "/" + "".join(parts))
    assert found is None or found.is_relative_to(folder.resolve())


@pytest.mark.parametrize("target", ["http://[bad/x", "//[bad/x", "//a.org/../x", ""])
def test_odd_targets_are_nothing(folder, target):
    assert locate_file(folder.resolve(), target) is None


def test_other_methods_are_refused(server):
    assert _ask(server, "/main.js", "POST")[0] == 501


def test_a_taken_port_is_explained(server, folder):
    with pytest.raises(UsageError, match="--port 0"):
        make_server(folder, port=server.server_address[1])
    with pytest.raises(UsageError, match="--port"):
        make_server(folder, port=70_000)


def test_an_absent_folder_is_explained(tmp_path):
    with pytest.raises(UsageError, match="clipplot build"):
        make_server(tmp_path / "absent")


def test_only_this_machine_can_connect_by_default(server):
    assert server.server_address[0] == "127.0.0.1"
    assert server.url == f"http://127.0.0.1:{server.server_address[1]}/"


def test_a_browser_that_goes_away_does_no_harm(server):
    with socket.create_connection(server.server_address[:2]) as rude:
        rude.sendall(b"GET /data.bin HTTP/1.1\r\nHost: x\r\n\r\n")
        rude.recv(10)
    assert _ask(server, "/main.js")[0] == 200
