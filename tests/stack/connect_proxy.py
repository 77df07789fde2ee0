"""An HTTP proxy of CONNECT, and behind it servers with a certificate of the names that the service asks for."""

import base64
import http.client
import http.server
import pathlib
import socketserver
import ssl
import subprocess
import threading

NAMES = ["api.weixin.qq.com", "sms.tencentcloudapi.com"]


def make_certificate(directory):
    """The path of a file that is a server's certificate, its key and the authority."""
    path = pathlib.Path(directory) / "servers.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", f"/CN={NAMES[0]}", "-addext",
                    "subjectAltName=" + ",".join(f"DNS:{name}" for name in NAMES),
                    "-keyout", path, "-out", path.with_suffix(".crt")], check=True, capture_output=True)
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    path.chmod(0o644)
    return path


class Request(http.server.BaseHTTPRequestHandler):
    """Answers CONNECT, and then what comes through the tunnel as the proxy's `answer` says."""

    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        proxy = self.server.proxy
        proxy.asked.append(self.path)
        wanted = "Basic " + base64.b64encode(proxy.credentials.encode()).decode()
        if self.headers["Proxy-Authorization"] != wanted:
            self.send_error(407)
            return
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        try:
            self.request = proxy.tls.wrap_socket(self.connection, server_side=True)
        except (ssl.SSLError, OSError):
            return
        self.setup()
        super().handle()

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, answer = self.server.proxy.answer(self, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


class ConnectProxy:
    """asked: what CONNECTs have named, in order. answer(request, body): status and body."""

    def __init__(self, certificate, answer, credentials="me:p@ss"):
        self.asked, self.answer, self.credentials = [], answer, credentials
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate)
        self.server = Server(("127.0.0.1", 0), Request)
        self.server.proxy = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def forward(port, request, body):
    """What the server on that port of this host answers to the same."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {name: value for name, value in request.headers.items() if name != "Host"}
    connection.request(request.command, request.path, body or None, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text
