"""Measures a leg of the relay benchmark: mail passing through one server.

usage: leg.py LEG PORT MESSAGES [--row NAME] [--server PID] [--database PID] smtp-source SESSIONS OCTETS SINK_LOG
       leg.py LEG PORT MESSAGES [--row NAME] [--server PID] [--database PID] load COMMAND...
The first form sends with smtp-source and reads the counts of smtp-sink -c; the second form runs the load tool, which is both source and sink.
Prints one JSON object. "accepted" is messages a second until the source was done, "end_to_end" until the sink had them all, "cpu_us" the
processor time of the whole machine for each message in microseconds, "server_us" and "database_us" the time of these processes and their children;
"server_mib" and "database_mib" is their memory at the end, with shared pages counted once.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import time

STALL_SECONDS = 60
POLL_SECONDS = 0.01
PER_SECOND = os.sysconf("SC_CLK_TCK")


def sink_count(path):
    """The last complete "mesg=N" written by smtp-sink -c (it ends each state of its counters with a carriage return)."""
    with open(path, "rb") as log:
        log.seek(max(0, os.path.getsize(path) - 400))
        counts = re.findall(rb"mesg=(\d+) *\r", log.read())
    return int(counts[-1]) if counts else 0


def busy_seconds():
    with open("/proc/stat", encoding="ascii") as stat:
        user, nice, system, _idle, _iowait, irq, softirq = map(int, stat.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / PER_SECOND


def processes():
    """Parent and processor seconds of every process, with the seconds of its reaped children."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                fields = stat.read().rpartition(") ")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found[int(name)] = (int(fields[1]), sum(map(int, fields[11:15])) / PER_SECOND)
    return found


def tree(root, found):
    members, grown = {root}, True
    while grown:
        more = {pid for pid, (parent, _) in found.items() if parent in members} - members
        members, grown = members | more, bool(more)
    return members & found.keys()


def tree_seconds(root):
    found = processes()
    return sum(found[pid][1] for pid in tree(root, found))


def tree_mebibytes(root):
    total = 0
    for pid in tree(root, processes()):
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as lines:
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / 1024


def smtp_source(leg, port, messages, sessions, octets, sink_log):
    expected, start = sink_count(sink_log) + messages, time.monotonic()
    source = subprocess.Popen(
        ["smtp-source", "-d", "-s", sessions, "-m", str(messages), "-l", octets, "-f", "from@source.test", "-t", "to@example.com",
         f"inet:127.0.0.1:{port}"])
    accepted, seen, progress = None, -1, start
    while True:
        now = time.monotonic()
        if accepted is None and source.poll() is not None:
            if source.returncode != 0:
                sys.exit(f"{leg}: smtp-source ended with {source.returncode}")
            accepted = now - start
        count = sink_count(sink_log)
        if count >= expected and accepted is not None:
            break
        if count != seen:
            seen, progress = count, now
        elif now - progress > STALL_SECONDS:
            source.kill()
            sys.exit(f"{leg}: {expected - count} messages are missing and none came for {STALL_SECONDS} s")
        time.sleep(POLL_SECONDS)
    return {"accepted": messages / accepted, "end_to_end": messages / (time.monotonic() - start)}


def load(leg, port, messages, *command):
    run = subprocess.run([*command, "--port", port, "--messages", str(messages)], stdout=subprocess.PIPE, text=True, check=False)
    if not run.stdout:
        sys.exit(f"{leg}: the load tool ended with {run.returncode}")
    # The command has printed the error itself.
    return json.loads(run.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("leg")
    parser.add_argument("port")
    parser.add_argument("messages", type=int)
    parser.add_argument("--row", default="")
    parser.add_argument("--server", type=int)
    parser.add_argument("--database", type=int)
    parser.add_argument("tool", choices=("smtp-source", "load"))
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    trees = {name: pid for name, pid in (("server", options.server), ("database", options.database)) if pid}
    cpu, before = busy_seconds(), {name: tree_seconds(pid) for name, pid in trees.items()}
    run = smtp_source if options.tool == "smtp-source" else load
    result = {"leg": options.leg, "row": options.row, "messages": options.messages}
    result |= run(options.leg, options.port, options.messages, *options.arguments)
    result["cpu_us"] = (busy_seconds() - cpu) / options.messages * 1e6
    for name, pid in trees.items():
        result[f"{name}_us"] = (tree_seconds(pid) - before[name]) / options.messages * 1e6
        result[f"{name}_mib"] = tree_mebibytes(pid)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
