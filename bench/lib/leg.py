"""One leg of the relay benchmark: smtp-source sends, smtp-sink counts, the clock runs.

usage: leg.py NAME PORT MESSAGES SESSIONS OCTETS SINK_LOG
Prints one JSON object. "accepted" is messages a second until smtp-source was done, "end_to_end" until the sink had them all,
"cpu_us" the processor time of the whole machine for each message, in microseconds.
"""
import json
import os
import re
import subprocess
import sys
import time

STALL_SECONDS = 60
POLL_SECONDS = 0.01


def sink_count(path):
    """The last complete "mesg=N" that smtp-sink -c wrote (it ends each state of its counters with a carriage return)."""
    with open(path, "rb") as log:
        log.seek(max(0, os.path.getsize(path) - 400))
        counts = re.findall(rb"mesg=(\d+) *\r", log.read())
    return int(counts[-1]) if counts else 0


def busy_seconds():
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system, _idle, _iowait, irq, softirq = map(int, stat.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def main():
    name, port, messages, sessions, octets, sink_log = sys.argv[1:7]
    expected = sink_count(sink_log) + int(messages)
    cpu, start = busy_seconds(), time.monotonic()
    source = subprocess.Popen(
        ["smtp-source", "-d", "-s", sessions, "-m", messages, "-l", octets, "-f", "from@source.test", "-t", "to@example.com",
         f"inet:127.0.0.1:{port}"])
    accepted, seen, progress = None, -1, start
    while True:
        now = time.monotonic()
        if accepted is None and source.poll() is not None:
            if source.returncode != 0:
                sys.exit(f"{name}: smtp-source ended with {source.returncode}")
            accepted = now - start
        count = sink_count(sink_log)
        if count >= expected and accepted is not None:
            break
        if count != seen:
            seen, progress = count, now
        elif now - progress > STALL_SECONDS:
            source.kill()
            sys.exit(f"{name}: {expected - count} messages are missing and none came for {STALL_SECONDS} s")
        time.sleep(POLL_SECONDS)
    total, n = time.monotonic() - start, int(messages)
    json.dump({"leg": name, "messages": n, "accepted": n / accepted, "end_to_end": n / total,
               "cpu_us": (busy_seconds() - cpu) / n * 1e6}, sys.stdout)
    print()


if __name__ == "__main__":
    main()
