using System.Globalization;
using Postfleet.Core.Clocks;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The extensions of MAIL on submission listeners: FUTURERELEASE (RFC 4865), MT-PRIORITY (RFC 6710), DELIVERBY (RFC 2852). Offers them and
/// judges their values; the parser has checked their forms. Shared by the sessions of all submission listeners; thread-safe.
/// </summary>
/// <param name="maxHold">How long a message may be held: the queue lifetime.</param>
/// <param name="maxPriority">The highest priority that a user may give a message.</param>
/// <param name="time">The clock.</param>
internal sealed class MailExtensions(TimeSpan maxHold, int maxPriority, TimeProvider time) : IMailExtensions
{
    // RFC 4865 section 3: at most nine digits.
    private const int MaxSeconds = 999_999_999;

    private static readonly byte[] HeldTooLong = Replies.Line("501 5.5.4 The time of release is too far ahead");

    private static readonly byte[] ReleasedTooLate =
        Replies.Line("501 5.5.4 The time of release is not before the end of the time for the delivery");

    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    private readonly int _maxHold = (int)Math.Min(MaxSeconds, maxHold.TotalSeconds);
    // RFC 6710 section 4.1: the new priority and a space begin the text.
    private readonly byte[] _lowered = Replies.Line(
        string.Create(CultureInfo.InvariantCulture, $"250 2.3.6 {maxPriority} is the priority of the message, the highest allowed"));
    private volatile Offered _offered = new(default, []);

    /// <summary>The lines of the reply to EHLO. The same list until the latest time of release has moved on by a minute.</summary>
    public IReadOnlyList<string> Keywords
    {
        get
        {
            // Rounded down: HOLDUNTIL may name the offered time in any case.
            var wall = time.GetWallTime();
            var latest = wall.AddSeconds(_maxHold);
            latest = latest.AddTicks(-(latest.UtcTicks % Step.Ticks));
            var offered = _offered;
            if (offered.Latest == latest) return offered.Keywords;
            _offered = offered = new Offered(latest, [.. Make(latest)]);
            return offered.Keywords;
        }
    }

    /// <inheritdoc/>
    public byte[]? Judge(in SubmissionParameters parameters, out MailRequest? request)
    {
        request = null;
        var (hold, by) = (parameters.Hold, parameters.DeliverBy);
        if (hold is null && by is null && parameters.Priority is null) return null;
        // HOLDUNTIL is a time of the wall clock, which the client's clock shows; the queue counts by the steady clock.
        var wait = hold is null ? TimeSpan.Zero : hold.For ?? hold.Until!.Value - time.GetWallTime();
        if (wait > TimeSpan.FromSeconds(_maxHold)) return HeldTooLong;
        // RFC 4865 section 5.2.2.
        if (wait > TimeSpan.Zero && by is not null && wait.TotalSeconds >= by.Within) return ReleasedTooLate;
        var now = time.GetUtcNow();
        request = new MailRequest
        {
            Hold = hold?.Text ?? "",
            ReleaseAt = wait > TimeSpan.Zero ? now + wait : null,
            Priority = parameters.Priority is { } wanted ? Math.Min(wanted, maxPriority) : null,
            Reply = parameters.Priority > maxPriority ? _lowered : null,
            ByParameter = by,
            DeliverByAt = by is null ? null : now.AddSeconds(by.Within),
        };
        return null;
    }

    private IEnumerable<string> Make(DateTimeOffset latest)
    {
        yield return "MT-PRIORITY MIXER";
        yield return "DELIVERBY";
        // The parameters must be positive.
        if (_maxHold > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"FUTURERELEASE {_maxHold} {latest.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}");
        }
    }

    private sealed record Offered(DateTimeOffset Latest, IReadOnlyList<string> Keywords);
}
