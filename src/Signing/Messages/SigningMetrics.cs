using System.Diagnostics.Metrics;
using Postfleet.Contracts.Signing;

namespace Postfleet.Signing.Messages;

/// <summary>Metrics of the Signing module, documented in <c>docs/metrics.md</c>. Thread-safe.</summary>
internal static class SigningMetrics
{
    private const string Signed = "signed";

    private const string NoKey = "no-key";

    private const string Unclear = "unclear";

    private const string Refused = "refused";

    private static readonly Counter<long> Messages = new Meter("Postfleet.Signing").CreateCounter<long>(
        "postfleet.signing.messages", "{message}",
        "Messages of this site beside keys or required signatures: signed, unsigned without a key or a clear author, or refused.");

    /// <summary>Starts all counters at zero, so that a scrape has them before their first event.</summary>
    public static void Begin()
    {
        foreach (var result in (string[])[Signed, NoKey, Unclear, Refused]) Add(0, result);
    }

    /// <summary>Counts a message.</summary>
    public static void Count(in KeyChoice choice) => Add(
        1, choice.Fault != SigningFault.None ? Refused : choice.Keys.Count > 0 ? Signed : choice.IsUnclear ? Unclear : NoKey);

    private static void Add(long count, string result) => Messages.Add(count, new KeyValuePair<string, object?>("result", result));
}
