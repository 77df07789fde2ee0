"""Metrics as text, and a Prometheus of our own that scrapes them."""

import json
import re
import subprocess
import tempfile
import urllib.parse
import urllib.request

from stack import TREE, free_port, wait_until

SHIPPED = TREE / "conf" / "prometheus" / "prometheus.yml"
RULES = SHIPPED.with_name("wxuser.rules.yml")
SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Metrics:
    """samples: (name, {label: value}, number)."""

    def __init__(self, text):
        self.text = text
        self.samples = []
        for line in text.splitlines():
            if not line.startswith("#"):
                name, labels, number = SAMPLE.fullmatch(line).groups()
                self.samples.append((name, dict(LABEL.findall(labels or "")), float(number)))

    def value(self, name, /, **labels):
        """The sum of the samples that have these labels, and perhaps more."""
        return sum(number for is_name, its, number in self.samples
                   if is_name == name and labels.items() <= its.items())

    def rise(self, earlier, name, **labels):
        return self.value(name, **labels) - earlier.value(name, **labels)


def scrape(stack):
    answer = stack.request("GET", "/metrics")
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Metrics(answer.text)


def promtool(*arguments, **more):
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


class Prometheus:
    """With the project's configuration and rules, but each second and from this port; gone at the end of the with."""

    def __init__(self, port):
        self.directory = tempfile.TemporaryDirectory(prefix="wxuser-prometheus-")
        self.port = free_port()
        self.configuration = f"{self.directory.name}/prometheus.yml"
        text = SHIPPED.read_text()
        for shipped, ours in {"127.0.0.1:80": f"127.0.0.1:{port}", "15s": "1s", RULES.name: str(RULES)}.items():
            assert text.count(shipped) == 1
            text = text.replace(shipped, ours)
        with open(self.configuration, "w", encoding="utf-8") as file:
            file.write(f"global: {{evaluation_interval: 1s}}\n{text}")

    def __enter__(self):
        with open(f"{self.directory.name}/log", "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={self.configuration}", f"--web.listen-address=127.0.0.1:{self.port}",
                 f"--storage.tsdb.path={self.directory.name}/data"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(self.is_ready, 60, "Prometheus is ready")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.directory.cleanup()

    def ask(self, path, **query):
        url = f"http://127.0.0.1:{self.port}/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.read()

    def is_ready(self):
        assert self.process.poll() is None, open(f"{self.directory.name}/log", encoding="utf-8").read()
        try:
            self.ask("-/ready")
        except OSError:
            return False
        return True

    def query(self, expression):
        """The numbers of its result."""
        answer = json.loads(self.ask("api/v1/query", query=expression))
        return [float(sample["value"][1]) for sample in answer["data"]["result"]]

    def rules(self):
        groups = json.loads(self.ask("api/v1/rules"))["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]
