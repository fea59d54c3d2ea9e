"""The tables and plots of the scale benchmark, from the JSON lines of bench/scale.sh.

usage: scale.py tables <RESULTS            tables in Markdown
       scale.py plots FOLDER <RESULTS      scale-length.svg and scale-domains.svg in a folder
Of several results for the same point the last result counts.
"""
import json
import math
import os
import sys

MIB = 1 << 20


def read(lines):
    found = {}
    for line in lines:
        if line.startswith("{"):
            result = json.loads(line)
            found[tuple(result.get(name) for name in ("run", "storage", "messages", "domains", "length", "touch"))] = result
    return list(found.values())


def table(heads, rows):
    if not rows:
        return
    print("| " + " | ".join(heads) + " |")
    print("| " + " | ".join(["---:"] * len(heads)) + " |")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def mib(octets):
    return f"{octets / MIB:,.0f}"


def costs(result):
    n = result["probe"]
    return result["cpu_s"] / n * 1e6, result["wall_s"] / n * 1e6


def backlog(results):
    rows, sizes = [], []
    for r in results:
        each = (r["full"]["managed"] - r["before"]["managed"]) / r["messages"]
        rows.append([r["storage"], f"{r['messages']:,}", f"{r['domains']:,}", mib(r["full"]["managed"]), f"{each:,.0f}", mib(r["full"]["rss"]), mib(r["recovered"]["managed"]),
                     f"{r['load']['accepted']:,.0f}", f"{r['messages'] / r['fill_s']:,.0f}", f"{r['fill_cpu_s'] / r['messages'] * 1e6:,.0f}", f"{r['ready_s']:.1f}",
                     f"{r['recovery_s']:.1f}", f"{r['drain']['rate']:,.0f}"])
        sizes.append([r["storage"], f"{r['messages']:,}", f"{r['domains']:,}"] +
                     [mib(r[when][what]) for what in ("spool", "journal") for when in ("before", "full", "recovered", "empty")])
    table(["storage", "messages", "domains", "managed, MiB", "octets a message", "RSS, MiB", "managed after recovery", "accepted/s", "queued and tried/s", "CPU us each",
           "ready after kill, s", "recovered, s", "drained/s"], rows)
    table(["storage", "messages", "domains", "spool before, MiB", "full", "recovered", "drained", "journal before, MiB", "full", "recovered", "drained"], sizes)


def curve(results, name):
    rows, base = [], None
    for r in results:
        cpu, wall = costs(r)
        base = base or (cpu, wall)
        rows.append([r["storage"], f"{r[name]:,}"] + ([r["touch"]] if "touch" in r else []) +
                    [f"{cpu:,.0f}", f"{cpu / base[0]:.2f}", f"{wall:,.0f}", f"{wall / base[1]:.2f}", f"{r['load']['accept_ms']['p99']:.0f}", mib(r["state"]["managed"]), mib(r["state"]["rss"])])
    head = {"length": ["messages waiting"], "domains": ["domains", "seen"]}[name]
    table(["storage"] + head + ["CPU us a message", "ratio", "wall us a message", "ratio", "p99 of the final dot, ms", "managed, MiB", "RSS, MiB"], rows)


def plot(path, title, axis, lines):
    """Lines of (name, [(x, y)]): x on a logarithmic scale with 0 at its left end, y from 0."""
    width, height, left, bottom, top, right = 720, 360, 64, 52, 40, 170
    xs = sorted({x for _, points in lines for x, _ in points})
    most = max(y for _, points in lines for _, y in points)
    step = 10 ** math.floor(math.log10(most))
    step = next(s for s in (step / 5, step / 2, step, step * 2) if most / s <= 8)
    ceiling = math.ceil(most / step) * step
    spot = {x: math.log10(x) if x > 0 else math.log10(xs[1]) - 1 for x in xs} if len(xs) > 1 else {xs[0]: 0}
    low, span = min(spot.values()), max(max(spot.values()) - min(spot.values()), 1)
    at = lambda x, y: (left + (spot[x] - low) / span * (width - left - right), height - bottom - y / ceiling * (height - bottom - top))
    colours = ["#2166ac", "#b2182b", "#4dac26", "#7b3294"]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12" fill="#444">',
           f'<rect width="{width}" height="{height}" fill="#fff"/><text x="{left}" y="22" font-size="14">{title}</text>']
    for n in range(int(round(ceiling / step)) + 1):
        y = at(xs[0], n * step)[1]
        out.append(f'<path d="M{left} {y:.1f}H{width - right}" stroke="#ddd"/><text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{n * step:,.0f}</text>')
    for x in xs:
        out.append(f'<text x="{at(x, 0)[0]:.1f}" y="{height - bottom + 18}" text-anchor="middle">{x:,}</text>')
    out.append(f'<text x="{(left + width - right) / 2}" y="{height - 12}" text-anchor="middle">{axis}</text>')
    ends = []
    for (name, points), colour in zip(lines, colours):
        places = [at(x, y) for x, y in points]
        out.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        ends.append([places[-1][1] + 4, name, colour])
    ends.sort()
    for before, after in zip(ends, ends[1:]):
        after[0] = max(after[0], before[0] + 15)
    out += [f'<text x="{width - right + 10}" y="{y:.1f}" fill="{colour}">{name}</text>' for y, name, colour in ends]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n</svg>\n")


def plots(folder, results):
    for name, axis in (("length", "messages that wait in the queue"), ("domains", "domains")):
        lines = {}
        for r in results[name]:
            cpu, wall = costs(r)
            of = ", ".join(part for part in (r["storage"], {"first": "never seen", "again": "seen"}.get(r.get("touch"))) if part)
            lines.setdefault(f"CPU, {of}", []).append((r[name], cpu))
            lines.setdefault(f"wall, {of}", []).append((r[name], wall))
        if lines:
            plot(os.path.join(folder, f"scale-{name}.svg"), "Microseconds a message, accepted and delivered", axis, list(lines.items()))


def main():
    results = read(sys.stdin)
    by_run = {run: [r for r in results if r["run"] == run] for run in ("backlog", "length", "domains")}
    if sys.argv[1:2] == ["plots"]:
        plots(sys.argv[2], by_run)
    elif sys.argv[1:] == ["tables"]:
        backlog(by_run["backlog"])
        curve(by_run["length"], "length")
        curve(by_run["domains"], "domains")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
