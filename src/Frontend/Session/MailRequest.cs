using Postfleet.Core.Mail;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>The requests of a MAIL command by the extensions of submission.</summary>
internal sealed record MailRequest
{
    /// <summary>When the message is released, by the steady clock; null for at once.</summary>
    public DateTimeOffset? ReleaseAt { get; init; }

    /// <summary>HOLDFOR or HOLDUNTIL in the form of reports (RFC 4865 section 5.1.2); empty for neither.</summary>
    public string Hold { get; init; } = "";

    /// <summary>The priority given to the message (RFC 6710); null without a request.</summary>
    public int? Priority { get; init; }

    /// <summary>The end of the time for the delivery (RFC 2852), by the steady clock; null for none.</summary>
    public DateTimeOffset? DeliverByAt { get; init; }

    /// <summary>The request for a time for the delivery, as in MAIL; null for none.</summary>
    public DeliverByRequest? ByParameter { get; init; }

    /// <summary>The positive reply to MAIL, where it is not the usual reply.</summary>
    public byte[]? Reply { get; init; }

    /// <summary>The time for the delivery, counted from now on. A part of a second does not count: no hop adds time.</summary>
    public DeliverByRequest? DeliverBy(DateTimeOffset now) => ByParameter is not { } by || DeliverByAt is not { } at ? null
        : by with { Within = (int)Math.Clamp(Math.Floor((at - now).TotalSeconds), -DeliverByRequest.MaxSeconds, by.Within) };

    /// <summary>How long the message waits for its first attempt, in seconds from now on. A part of a second counts as a second.</summary>
    public int SendAfter(DateTimeOffset now) =>
        ReleaseAt is { } at && at > now ? (int)Math.Min(int.MaxValue, Math.Ceiling((at - now).TotalSeconds)) : 0;
}

/// <summary>The extensions of MAIL on submission listeners, for the session's machine. Thread-safe.</summary>
internal interface IMailExtensions
{
    /// <summary>The lines of the reply to EHLO; another list when they change.</summary>
    IReadOnlyList<string> Keywords { get; }

    /// <summary>Judges the parameters of a MAIL command.</summary>
    /// <param name="parameters">The parsed parameters.</param>
    /// <param name="request">The requests; null for none.</param>
    /// <returns>The refusing reply; null for acceptable parameters.</returns>
    byte[]? Judge(in SubmissionParameters parameters, out MailRequest? request);
}
