"""Where the processor time of a node goes: perf's stacks, sorted into the stages of a message's way.

usage: perf script -F comm,ip,sym,dso | stages.py MESSAGES SAMPLES_PER_SECOND [--top N]
Prints a table in microseconds a message: a row for each stage, a column for each kind of code that ran for it. With --top, also the symbols that cost most.
A sample belongs to the first stage that is found on its stack, from the innermost frame outward.
"""
import collections
import re
import sys

STAGES = [
    ("journal", re.compile(r"Akka\.Persistence|Persistence\.Sql|linq2db|LinqToDB|JournalStorage|YieldOnOpen")),
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


# The C library keeps no frame pointers, so that a stack that begins in a system call or in SQLite ends there. The thread and the call tell enough.
FILES = re.compile(r"fsync|fdatasync|pwrite|pread|fcntl|ftruncate|fstat|unlink")
SOCKETS = re.compile(r"__send|sendmsg|__libc_recv|recvmsg|epoll_wait|__libc_accept|__connect|__shutdown|socket")


def stage(thread, frames):
    if thread == "spool writer":
        return "spool"
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


def main():
    messages, rate = float(sys.argv[1]), float(sys.argv[2])
    top = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    micro = 1e6 / rate / messages
    cells, leaves, owners = collections.Counter(), collections.Counter(), collections.Counter()
    for thread, frames in samples(sys.stdin):
        if not frames:
            continue
        name = stage(thread, frames)
        cells[name, kind(frames[0][1])] += 1
        leaves[frames[0][0][:110]] += 1
        ours = next((s for s, _ in frames if "Postfleet" in s), "-")
        owners[ours[:150]] += 1
    total = sum(cells.values())
    print("| stage | " + " | ".join(KINDS) + " | us a message | share |")
    print("| --- |" + " --- |" * (len(KINDS) + 2))
    for name in sorted({n for n, _ in cells}, key=lambda n: -sum(cells[n, k] for k in KINDS)):
        row = [cells[name, k] for k in KINDS]
        print(f"| {name} | " + " | ".join(f"{c * micro:.1f}" for c in row) + f" | {sum(row) * micro:.1f} | {100 * sum(row) / total:.0f}% |")
    sums = [sum(c for (n, k), c in cells.items() if k == kind_) for kind_ in KINDS]
    print("| all | " + " | ".join(f"{c * micro:.1f}" for c in sums) + f" | {total * micro:.1f} | 100% |")
    for title, counter in (("innermost frame", leaves), ("innermost frame of ours", owners)):
        if top:
            print(f"\n{title}:")
            for symbol, count in counter.most_common(top):
                print(f"{count * micro:8.1f} us {100 * count / total:5.1f}%  {symbol}")


if __name__ == "__main__":
    main()
