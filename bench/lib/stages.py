"""Assigns the processor time or the allocations of a node to the stages of a message's way, by stacks.

usage: perf script -F comm,ip,sym,dso | stages.py MESSAGES --rate SAMPLES_PER_SECOND [--top N]
       Postfleet.Tools allocations ... | stages.py MESSAGES --allocations [--top N]
Prints a table a message: microseconds, with a column for each kind of code run for a stage; or allocated octets. With --top, also the most expensive stacks.
A sample belongs to the first stage found on its stack, from the innermost frame outward.
"""
import argparse
import collections
import re
import sys

STAGES = [
    ("journal", re.compile(r"Akka\.Persistence|Persistence\.Sql|linq2db|LinqToDB|Postfleet\.Node\.Cluster\.\w*Journal|SnapshotConnectionInterceptor")),
    ("spool", re.compile(r"Postfleet\.Spool")),
    ("settle", re.compile(r"Postfleet\.QueueActors\.Settling|Postfleet\.QueueActors\.Notifications")),
    ("hand-off", re.compile(r"Postfleet\.QueueActors\.HandOff")),
    ("queue", re.compile(r"Postfleet\.QueueActors")),
    ("delivery", re.compile(r"Postfleet\.Delivery")),
    ("SMTP in", re.compile(r"Postfleet\.Frontend")),
    ("serializer", re.compile(r"Postfleet\.Core|Google\.Protobuf")),
    ("log", re.compile(r"Postfleet\.Node\.Logging|Microsoft\.Extensions\.Logging|\[Microsoft\.Extensions\.Logging")),
    ("garbage collection", re.compile(r"WKS::|SVR::|gc_heap|libclrgc")),
    ("just-in-time compiler", re.compile(r"libclrjit|TieredCompilation|MethodDesc::|PrepareInitialCode")),
    ("actors (Akka)", re.compile(r"Akka\.")),
    ("sockets (runtime)", re.compile(r"System\.Net\.Sockets|SocketAsyncEngine|System\.IO\.Pipelines")),
    ("threads (runtime)", re.compile(r"ThreadPool|PortableThreadPool|WorkerThread|LowLevelLifoSemaphore|TimerQueue|System\.Threading")),
]
KINDS = ["kernel", "managed", "runtime", "sqlite"]


def kind(dso):
    if "kernel" in dso or dso == "[unknown]":
        return "kernel"
    if "sqlite" in dso:
        return "sqlite"
    if "perf-" in dso or dso.endswith(".dll") or "memfd:doublemapper" in dso or "anon" in dso:
        return "managed"
    return "runtime"


def samples(lines):
    thread, frames = "", []
    for line in lines:
        line = line.rstrip("\n")
        if not line:
            if thread:
                yield thread, frames
            thread, frames = "", []
        elif not line[0].isspace():
            thread = line.strip()
        else:
            match = re.match(r"\s+([0-9a-f]+) (.*) \(([^()]*(?:\([^()]*\))?[^()]*)\)$", line)
            if match:
                frames.append((match[2], match[3]))
            elif not thread:
                thread = line.strip()
    if thread:
        yield thread, frames


# The C library keeps no frame pointers, so a stack beginning in a system call or in SQLite ends there. The thread and the call identify the stage.
FILES = re.compile(r"fsync|fdatasync|pwrite|pread|fcntl|ftruncate|fstat|unlink")
SOCKETS = re.compile(r"__send|sendmsg|__libc_recv|recvmsg|epoll_wait|__libc_accept|__connect|__shutdown|socket")


def stage(thread, frames):
    if thread in ("spool writer", "journal writer"):
        return thread.split()[0]
    for symbol, dso in frames:
        if "sqlite" in dso or (dso.endswith("libc.so.6") and FILES.search(symbol)):
            return "journal"
        if dso.endswith("libc.so.6") and SOCKETS.search(symbol):
            return "sockets (runtime)"
        text = symbol if symbol != "[unknown]" else dso
        for name, pattern in STAGES:
            if pattern.search(text) or (dso and name == "just-in-time compiler" and "libclrjit" in dso):
                return name
    if "GC" in thread:
        return "garbage collection"
    if "Tiered" in thread:
        return "just-in-time compiler"
    if "Sockets" in thread:
        return "sockets (runtime)"
    return "threads (runtime)"


def processor(options, found):
    micro = 1e6 / options.rate / options.messages
    cells, leaves, owners = collections.Counter(), collections.Counter(), collections.Counter()
    for thread, frames in found:
        cells[stage(thread, frames), kind(frames[0][1])] += 1
        leaves[frames[0][0][:110]] += 1
        owners[owner(frames)] += 1
    total = sum(cells.values())
    print("| stage | " + " | ".join(KINDS) + " | us a message | share |")
    print("| --- |" + " --- |" * (len(KINDS) + 2))
    for name in sorted({n for n, _ in cells}, key=lambda n: -sum(cells[n, k] for k in KINDS)):
        row = [cells[name, k] for k in KINDS]
        print(f"| {name} | " + " | ".join(f"{c * micro:.1f}" for c in row) + f" | {sum(row) * micro:.1f} | {100 * sum(row) / total:.0f}% |")
    sums = [sum(c for (n, k), c in cells.items() if k == kind_) for kind_ in KINDS]
    print("| all | " + " | ".join(f"{c * micro:.1f}" for c in sums) + f" | {total * micro:.1f} | 100% |")
    top(options, "us", {"innermost frame": leaves, "innermost frame of ours": owners}, micro, total)


def allocations(options, found):
    stages, types, owners = collections.Counter(), collections.Counter(), collections.Counter()
    for head, frames in found:
        octets, _, what = head.partition(" ")
        stages[stage("", frames)] += int(octets)
        types[what[:110]] += int(octets)
        owners[f"{owner(frames)}: {what[:60]}"] += int(octets)
    total = sum(stages.values())
    print("| stage | octets a message | share |")
    print("| --- | ---: | ---: |")
    for name, octets in stages.most_common():
        print(f"| {name} | {octets / options.messages:,.0f} | {100 * octets / total:.0f}% |")
    print(f"| all | {total / options.messages:,.0f} | 100% |")
    top(options, "octets", {"type": types, "innermost frame of ours and type": owners}, 1 / options.messages, total)


def owner(frames):
    return next((symbol for symbol, _ in frames if "Postfleet" in symbol), "-")[:150]


def top(options, unit, counters, factor, total):
    for title, counter in counters.items():
        if options.top:
            print(f"\n{title}:")
            for name, count in counter.most_common(options.top):
                print(f"{count * factor:8.1f} {unit} {100 * count / total:5.1f}%  {name}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("messages", type=float)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--allocations", action="store_true")
    parser.add_argument("--top", type=int, default=0)
    options = parser.parse_args()
    lines = sys.stdin
    if options.allocations:
        lines = list(lines)
        print("".join(line[2:] for line in lines if line.startswith("#")))
        lines = [line for line in lines if not line.startswith("#")]
    found = ((thread, frames) for thread, frames in samples(lines) if frames)
    (allocations if options.allocations else processor)(options, found)


if __name__ == "__main__":
    main()
