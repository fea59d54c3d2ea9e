"""Prints the tables of bench/shaping.sh from the results of provider.py.

usage: shaping.py MINUTES NAME=RESULTS...
"""
import json
import statistics
import sys

ALLOWED = {"throttle": 10 * 60, "connections": 10 * 60}


def total(minutes, what):
    return sum(minute.get(what, 0) for minute in minutes)


def listed(site, minutes):
    """The counts of the minutes in their order; nothing for a site that saw no mail."""
    return [site["minutes"].get(str(number), {}) for number in range(minutes)] if site["minutes"] else []


def share(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main():
    runs = [(pair.split("=", 1)[0], json.load(open(pair.split("=", 1)[1], encoding="ascii"))) for pair in sys.argv[2:]]
    number = int(sys.argv[1])
    print("| site | server | taken | of the allowed | after 5 minutes | attempts refused | after 5 minutes | connections at a time |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for site in ("throttle", "connections", "greylist", "away", "block"):
        for server, results in runs:
            minutes = listed(results.get(site, {"minutes": {}}), number)
            if not minutes:
                continue
            later = minutes[5:]
            allowed = ALLOWED.get(site)
            taken, refused = total(minutes, "taken"), total(minutes, "refused")
            taken_later, refused_later = total(later, "taken"), total(later, "refused")
            print(f"| {site} | {server} | {taken:,} | {share(taken, allowed and allowed * len(minutes))}"
                  f" | {share(taken_later, allowed and allowed * len(later))} | {refused:,} ({share(refused, taken + refused)})"
                  f" | {share(refused_later, taken_later + refused_later)} | {max(m.get('at a time', 0) for m in minutes)} |")
    print()
    print("| site | server | each minute: taken / refused |")
    print("| --- | --- | --- |")
    for site in ("throttle", "connections", "greylist", "away", "block"):
        for server, results in runs:
            minutes = listed(results.get(site, {"minutes": {}}), number)
            if minutes:
                print(f"| {site} | {server} | {', '.join(str(m.get('taken', 0)) + '/' + str(m.get('refused', 0)) for m in minutes)} |")
    print()
    for server, results in runs:
        delays = results.get("greylist", {}).get("delays")
        if delays:
            print(f"greylist, {server}: {len(delays)} delivered, median {statistics.median(delays):.0f} s,"
                  f" slowest {delays[-1]:.0f} s after the first attempt")


main()
