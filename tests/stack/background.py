"""What goes on beside a test."""

import threading


class Background(threading.Thread):
    """with Background(): step() is done again and again. A class of it says what a step is."""

    def __init__(self):
        super().__init__()
        self.is_over = False

    def run(self):
        while not self.is_over:
            self.step()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.join()
