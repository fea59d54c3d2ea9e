using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>The fate of a load: lost messages and duplicates.</summary>
/// <param name="Acknowledged">Messages with a 250 after DATA.</param>
/// <param name="Lost">Acknowledged messages that did not arrive.</param>
/// <param name="Repeats">Messages that arrived more than once although they were accepted once.</param>
/// <param name="TakenTwice">Messages that a frontend stored but answered with 4xx, so that the client sent them again.</param>
/// <param name="Slowest">The longest time from a 250 to the arrival.</param>
internal sealed record Verdict(
    int Acknowledged, IReadOnlyList<Acknowledgement> Lost, IReadOnlyList<Repeat> Repeats, int TakenTwice, TimeSpan Slowest)
{
    private const int MaxShown = 20;

    /// <summary>Waits until all acknowledged messages have arrived and the spool is empty, or for the time limit, and counts.</summary>
    /// <param name="fleet">The fleet.</param>
    /// <param name="load">The load.</param>
    /// <param name="limit">The time limit.</param>
    /// <param name="mayLose">Whether messages may be missing: then an empty spool is enough.</param>
    public static async Task<Verdict> OfAsync(Fleet fleet, LoadClient load, TimeSpan limit, bool mayLose = false)
    {
        var missing = load.Acknowledged.Values.ToList();
        try
        {
            await Eventually.True(
                async () =>
                {
                    missing.RemoveAll(sent => sent.Recipients.All(to => fleet.Sink.Count(sent.Id, to) > 0));
                    return (missing.Count == 0 || mayLose) && (await fleet.CountAsync("part"), await fleet.CountAsync("message")) == (0, 0);
                },
                limit,
                "");
        }
        catch (TimeoutException) when (missing.Count > 0)
        {
            // The counts below show the missing messages.
        }
        catch (TimeoutException)
        {
            throw new TimeoutException(
                $"all has arrived, but {await fleet.CountAsync("message")} messages and {await fleet.CountAsync("part")} parts are still in the spool");
        }

        if (FleetStrangers.AreOn) FleetStrangers.AssertChecked(fleet.Sink);
        return Judge(fleet.Sink, load, missing);
    }

    /// <summary>Asserts that no acknowledged message is missing and that there are no duplicates.</summary>
    /// <param name="output">The output for missing and repeated messages.</param>
    /// <param name="mayBeTakenTwice">Whether a stored message may have been answered with 4xx, because its outcome was unknown.</param>
    public void AssertNothingLostOrTwice(ITestOutputHelper output, bool mayBeTakenTwice = false)
    {
        output.WriteLine(ToString());
        foreach (var lost in Lost.Take(MaxShown))
        {
            output.WriteLine($"lost: {lost.Id} to {string.Join(", ", lost.Recipients)}, acknowledged at {lost.At:HH:mm:ss.fff} by frontend {lost.Server + 1}");
        }

        foreach (var repeat in Repeats.Take(MaxShown))
        {
            output.WriteLine($"twice: {repeat}");
        }

        Assert.Empty(Lost);
        Assert.Empty(Repeats);
        Assert.True(mayBeTakenTwice || TakenTwice == 0, $"{TakenTwice} messages were stored and refused");
    }

    /// <summary>The counts in one line.</summary>
    public override string ToString() =>
        $"{Acknowledged} acknowledged, {Lost.Count} lost, {Repeats.Count} duplicates, {TakenTwice} taken twice, slowest {Slowest.TotalSeconds:0.0} s";

    private static Verdict Judge(SmtpSink sink, LoadClient load, List<Acknowledgement> missing)
    {
        List<Repeat> repeats = [];
        var (takenTwice, slowest) = (0, TimeSpan.Zero);
        var arrivals = sink.Messages
            .SelectMany(message => message.Recipients.Select(to => (Key: (message.Id, To: to), Message: message)))
            .ToLookup(arrival => arrival.Key, arrival => arrival.Message);
        foreach (var sent in load.Acknowledged.Values)
        {
            foreach (var to in sent.Recipients)
            {
                var all = arrivals[(sent.Id, to)].OrderBy(message => message.At).ToList();
                slowest = all.Count > 0 && all[0].At - sent.At > slowest ? all[0].At - sent.At : slowest;
                // Each acceptance adds its own trace field on top (RFC 5321 section 4.4).
                takenTwice += all.DistinctBy(message => message.Trace).Count() > 1 ? 1 : 0;
                repeats.AddRange(all.GroupBy(message => message.Trace).Where(same => same.Count() > 1)
                    .Select(same => new Repeat(sent.Id, to, [.. same])));
            }
        }

        return new Verdict(load.Acknowledged.Count, missing, repeats, takenTwice, slowest);
    }
}
