"""Measures a node from outside for the scale benchmark.

usage: measure.py cpu PID                     processor seconds used by the process
       measure.py quiet PID                   waits until the process is idle
       measure.py state PID FOLDER HEAP       memory and the sizes of its files, as JSON; HEAP is the output of "Postfleet.Tools heap"
       measure.py await URL N STATE PID       waits until its queues hold N messages, all of them "deferred", or in "any" state
       measure.py sunk LOG N PID              waits until smtp-sink -c has counted N; prints how fast, as JSON
       measure.py until START SECONDS         waits until so many seconds after a time have passed
       measure.py record NAME=VALUE...        one JSON object; values are numbers, sums such as 2-1, JSON, or text
"""
import json
import os
import re
import sys
import time
import urllib.request

from leg import sink_count

STALL_SECONDS = 180
PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / PER_SECOND


def quiet(pid):
    """Waits for three periods of two seconds in a row below 15% of a processor; gives up after five minutes."""
    calm, deadline = 0, time.monotonic() + 300
    while calm < 3 and time.monotonic() < deadline:
        before = cpu(pid)
        time.sleep(2)
        calm = calm + 1 if cpu(pid) - before < 0.3 else 0


def status(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    raise KeyError(name)


def state(pid, folder, heap):
    sizes = {"journal": 0, "spool": 0}
    for parent, _, files in os.walk(folder):
        for file in files:
            for part in sizes:
                if file.startswith(part + ".db"):
                    sizes[part] += os.path.getsize(os.path.join(parent, file))
    return {"managed": json.loads(heap)["managed"], "rss": status(pid, "VmRSS"), "peak": status(pid, "VmHWM"), **sizes}


class Stall:
    """Ends the program when a number has not changed for too long."""

    def __init__(self, what, pid):
        self.what, self.pid, self.last, self.since = what, pid, None, time.monotonic()

    def check(self, value):
        if not os.path.exists(f"/proc/{self.pid}"):
            sys.exit(f"the node has ended while waiting for {self.what}")
        if value != self.last:
            self.last, self.since = value, time.monotonic()
        elif time.monotonic() - self.since > STALL_SECONDS:
            sys.exit(f"{self.what}: stands at {value} for {STALL_SECONDS} s")


def await_queued(url, count, wanted, pid):
    stall = Stall(f"{count} messages, {wanted}", pid)
    while True:
        with urllib.request.urlopen(f"{url}/api/v1/queues?limit=1", timeout=60) as answer:
            total = json.load(answer)["total"]
        if total["messages"] == count and (wanted == "any" or total[wanted] == count):
            return
        stall.check(json.dumps(total))
        time.sleep(0.5)


def sunk(log, count, pid):
    stall, first = Stall(f"{count} delivered", pid), None
    while True:
        now, seen = time.monotonic(), sink_count(log)
        if seen > 0 and first is None:
            first = (now, seen)
        if seen >= count:
            break
        stall.check(seen)
        time.sleep(0.01)
    seconds = max(now - first[0], 0.001)
    return {"seconds": round(seconds, 3), "rate": round((seen - first[1]) / seconds, 1), "first_at": time.time() - (time.monotonic() - first[0])}


def value(text):
    if re.fullmatch(r"[\d.]+-[\d.]+", text):
        left, right = text.split("-")
        return round(float(left) - float(right), 3)
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def main():
    verb, arguments = sys.argv[1], sys.argv[2:]
    if verb == "cpu":
        print(cpu(arguments[0]))
    elif verb == "quiet":
        quiet(arguments[0])
    elif verb == "state":
        print(json.dumps(state(*arguments)))
    elif verb == "await":
        await_queued(arguments[0], int(arguments[1]), arguments[2], arguments[3])
    elif verb == "sunk":
        print(json.dumps(sunk(arguments[0], int(arguments[1]), arguments[2])))
    elif verb == "until":
        time.sleep(max(0.0, float(arguments[0]) + float(arguments[1]) - time.time()))
    elif verb == "record":
        print(json.dumps({name: value(text) for name, text in (argument.split("=", 1) for argument in arguments)}))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
