using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Postfleet.Dns;
using Postfleet.Frontend.Access;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Screening;

/// <summary>What a list says of a client.</summary>
/// <param name="Name">The name of the list.</param>
/// <param name="Kind">What is listed.</param>
/// <param name="Weight">How much it counts.</param>
/// <param name="Text">The text of the list (TXT), with anything but printable ASCII replaced; empty for none.</param>
internal sealed record Listing(string Name, DnsListKind Kind, int Weight, string Text);

/// <summary>
/// A DNS list (RFC 5782). A listing counts only if the list has passed within the last minute the test that it does not answer for
/// everything. Thread-safe.
/// </summary>
internal sealed class DnsList(DnsListOptions options, IDnsLookup lookup, TimeProvider time, ILogger logger)
{
    /// <summary>The most characters of a text that are used.</summary>
    public const int MaxText = 200;

    /// <summary>
    /// The most questions in progress while the list answers none of them (<see cref="Quiet"/>). All lists share the queries that a node
    /// makes at a time: a list whose servers are silent would otherwise hold all of them until they end.
    /// </summary>
    public const int MaxUnanswered = 25;

    /// <summary>How long after an answer, or after the first question in progress, more questions are asked.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);

    private readonly DnsListHealth _health = new(time);
    private readonly AnswerFilter _filter = AnswerFilter.Parse(options.Answers)!;
    private int _asking;
    private long _quietSince;

    private string Name => options.Name.Length > 0 ? options.Name : options.Zone;

    /// <summary>What is looked up.</summary>
    public DnsListKind Kind => options.Kind;

    /// <summary>Looks up an address or a domain.</summary>
    /// <param name="address">The address of a client, for a list of addresses; otherwise null.</param>
    /// <param name="domain">The domain, for other lists.</param>
    /// <param name="end">Ends the look-up, which then has failed.</param>
    /// <returns>The listing; null if the list has none, or cannot be believed.</returns>
    public async ValueTask<Listing?> FindAsync(IPAddress? address, string domain, CancellationToken end)
    {
        var name = address is null ? DnsListName.Of(domain, options.Zone) : DnsListName.Of(address, options.Zone);
        if (name is null) return null;
        if (_health.IsPaused || (_health.IsOff && !await IsTestPassedAsync(end)))
        {
            FrontendMetrics.DnsListAnswered("off");
            return null;
        }

        var (answer, counts) = await AskAsync(name, isTest: false, end);
        FrontendMetrics.DnsListAnswered(answer switch
        {
            DnsListAnswer.Listed => "listed",
            DnsListAnswer.Absent => "absent",
            _ => "failed",
        });
        if (answer != DnsListAnswer.Listed || !counts || (_health.NeedsTest && !await IsTestPassedAsync(end))) return null;
        return new Listing(Name, Kind, options.Weight, options.Weight > 0 ? await TextAsync(name, end) : "");
    }

    private async ValueTask<bool> IsTestPassedAsync(CancellationToken end)
    {
        var (answer, _) = await AskAsync(DnsListName.NeverListed(Kind == DnsListKind.Address, options.Zone), isTest: true, end);
        return answer == DnsListAnswer.Absent;
    }

    // The question goes on when the caller's time is over: its own end counts for the health of the list, the caller's does not.
    private async ValueTask<(DnsListAnswer Answer, bool Counts)> AskAsync(string name, bool isTest, CancellationToken end)
    {
        try
        {
            var question = AnswerAsync(name, isTest);
            return question.IsCompletedSuccessfully ? question.Result : await question.AsTask().WaitAsync(end);
        }
        catch (OperationCanceledException)
        {
            return (DnsListAnswer.Unknown, false);
        }
    }

    private async ValueTask<(DnsListAnswer Answer, bool Counts)> AnswerAsync(string name, bool isTest)
    {
        if (Volatile.Read(ref _asking) >= MaxUnanswered && time.GetElapsedTime(Volatile.Read(ref _quietSince)) >= Quiet)
            return (DnsListAnswer.Unknown, false);
        var question = lookup.AddressesAsync(name, AddressFamily.InterNetwork, CancellationToken.None);
        var found = question.IsCompletedSuccessfully ? question.Result : await InProgressAsync(question);
        var answer = Judge(found);
        var isBack = false;
        if ((isTest ? _health.Tested(answer, out isBack) : _health.Answered(answer)) is { } reason) logger.DnsListIsOff(Name, reason);
        if (isBack) logger.DnsListIsBack(Name);
        return (answer, answer == DnsListAnswer.Listed && found.Records.Any(_filter.Matches));
    }

    private async ValueTask<DnsAnswer<IPAddress>> InProgressAsync(ValueTask<DnsAnswer<IPAddress>> question)
    {
        if (Interlocked.Increment(ref _asking) == 1) Volatile.Write(ref _quietSince, time.GetTimestamp());
        try
        {
            var found = await question;
            if (found.Status != DnsStatus.Failed) Volatile.Write(ref _quietSince, time.GetTimestamp());
            return found;
        }
        finally
        {
            Interlocked.Decrement(ref _asking);
        }
    }

    // Answers are 127.0.0.0/8 (RFC 5782 section 2.3). By 127.255.255.0/24 lists refuse to answer, to public resolvers for example.
    private static DnsListAnswer Judge(in DnsAnswer<IPAddress> found) => found switch
    {
        { IsLocalFailure: true } => DnsListAnswer.Unknown,
        { Status: DnsStatus.Failed } => DnsListAnswer.Failed,
        { Status: not DnsStatus.Found } => DnsListAnswer.Absent,
        _ => found.Records.All(IsAnswer) ? DnsListAnswer.Listed : DnsListAnswer.Refused,
    };

    private static bool IsAnswer(IPAddress address)
    {
        var octets = address.GetAddressBytes();
        return octets is [127, _, _, _] and not [127, 255, 255, _];
    }

    private async ValueTask<string> TextAsync(string name, CancellationToken end)
    {
        try
        {
            var found = await lookup.TextAsync(name, end);
            return found.Records.IsDefaultOrEmpty ? "" : Clean(found.Records.Order(StringComparer.Ordinal).First());
        }
        catch (OperationCanceledException)
        {
            return "";
        }
    }

    // The text is foreign, and stands in a reply.
    private static string Clean(string text) =>
        string.Concat(text.Take(MaxText).Select(c => c is >= ' ' and <= '~' ? c : '?'));
}
