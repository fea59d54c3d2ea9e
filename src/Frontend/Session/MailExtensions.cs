using System.Globalization;
using Postfleet.Core.Clocks;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The extensions of MAIL on submission listeners: FUTURERELEASE (RFC 4865). Offers them and judges their values; the parser has checked
/// their forms. Shared by the sessions of all submission listeners; thread-safe.
/// </summary>
/// <param name="maxHold">How long a message may be held: the queue lifetime.</param>
/// <param name="time">The clock.</param>
internal sealed class MailExtensions(TimeSpan maxHold, TimeProvider time) : IMailExtensions
{
    // RFC 4865 section 3: at most nine digits.
    private const int MaxSeconds = 999_999_999;

    private static readonly byte[] HeldTooLong = Replies.Line("501 5.5.4 The time of release is too far ahead");

    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    private readonly int _maxHold = (int)Math.Min(MaxSeconds, maxHold.TotalSeconds);
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
        if (parameters.Hold is not { } hold) return null;
        // HOLDUNTIL is a time of the wall clock, which the client's clock shows; the queue counts by the steady clock.
        var wait = hold.For ?? hold.Until!.Value - time.GetWallTime();
        if (wait > TimeSpan.FromSeconds(_maxHold)) return HeldTooLong;
        request = new MailRequest
        {
            Hold = hold.Text,
            ReleaseAt = wait > TimeSpan.Zero ? time.GetUtcNow() + wait : null,
        };
        return null;
    }

    private IEnumerable<string> Make(DateTimeOffset latest)
    {
        // The parameters must be positive.
        if (_maxHold > 0)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"FUTURERELEASE {_maxHold} {latest.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}");
        }
    }

    private sealed record Offered(DateTimeOffset Latest, IReadOnlyList<string> Keywords);
}
