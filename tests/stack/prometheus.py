"""Metrics as Prometheus reads them."""

import re
import subprocess

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

    def value(self, name, **labels):
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
