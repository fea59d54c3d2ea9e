using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Operations;

/// <summary>
/// What an action is about: all given properties must match; an empty text matches everything. Queues are selected by
/// <paramref name="Queue"/>, <paramref name="Domain"/>, <paramref name="Stream"/> and <paramref name="Site"/>, messages in them by
/// <paramref name="Sender"/>, <paramref name="User"/> and <paramref name="Message"/>. Queues, streams, domains and sites are compared in
/// any case, local parts and users as they are. Immutable.
/// </summary>
/// <param name="Queue">A queue key, in which <c>*</c> stands for any text.</param>
/// <param name="Domain">A domain, or <c>*.example.org</c> for its subdomains.</param>
/// <param name="Stream">A stream.</param>
/// <param name="Site">The id of a destination, in which <c>*</c> stands for any text.</param>
/// <param name="Sender">A reverse-path, or <c>@example.org</c> for all reverse-paths of a domain.</param>
/// <param name="Message">A message.</param>
/// <param name="User">An authenticated user.</param>
public sealed record ActionSelector(
    string Queue, string Domain, string Stream, string Site, string Sender, MessageId? Message, string User)
{
    /// <summary>The maximum length of each text.</summary>
    public const int MaxText = 500;

    /// <summary>Selects nothing: an action without a property is refused, since it would concern all mail by mistake.</summary>
    public static ActionSelector None { get; } = new("", "", "", "", "", null, "");

    /// <summary>Whether single messages are selected, and not all messages of the matching queues.</summary>
    public bool IsAboutMessages => Sender.Length > 0 || User.Length > 0 || Message is not null;

    /// <summary>Whether the destination of a queue matters.</summary>
    public bool NeedsSite => Site.Length > 0;

    /// <summary>Whether the key of a queue matches; <see cref="Site"/> is not looked at.</summary>
    public bool Matches(QueueKey queue) =>
        (Stream.Length == 0 || string.Equals(Stream, queue.Stream, StringComparison.OrdinalIgnoreCase))
        && (Domain.Length == 0 || MatchesDomain(queue.Domain))
        && (Queue.Length == 0 || Glob.Matches(Queue, queue.Value));

    /// <summary>Whether a queue with a destination matches.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="destination">Its destination; null if its route is not resolved, which matches no site.</param>
    public bool Matches(QueueKey queue, DestinationId? destination) =>
        Matches(queue) && (!NeedsSite || (destination is { } id && Glob.Matches(Site, id.Value)));

    /// <summary>Whether the sender of a message matches.</summary>
    /// <param name="reversePath">The reverse-path; empty for the null reverse-path.</param>
    public bool MatchesSender(string reversePath)
    {
        if (Sender.Length == 0) return true;
        if (Sender == "<>") return reversePath.Length == 0;
        if (Sender[0] == '@') return reversePath.EndsWith(Sender, StringComparison.OrdinalIgnoreCase);
        var at = Sender.LastIndexOf('@');
        // Local parts are compared as they are, domains in any case (RFC 5321 section 2.4).
        return at >= 0 && reversePath.Length == Sender.Length
            && reversePath.AsSpan(0, at).SequenceEqual(Sender.AsSpan(0, at))
            && reversePath.AsSpan(at).Equals(Sender.AsSpan(at), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether a part matches; <see cref="Site"/> is not looked at.</summary>
    /// <param name="part">The part.</param>
    /// <param name="reversePath">The reverse-path of its message; empty for the null reverse-path.</param>
    /// <param name="user">The authenticated user; empty for none.</param>
    public bool Matches(PartId part, string reversePath, string user) =>
        (Message is not { } message || part.Message == message) && MatchesSender(reversePath) && (User.Length == 0 || User == user)
        && Matches(part.Queue);

    /// <summary>Whether each queue of another selector is one of this selector, as far as the texts show.</summary>
    public bool Covers(ActionSelector other) =>
        (Queue.Length == 0 || Glob.Matches(Queue, other.Queue))
        && (Domain.Length == 0 || string.Equals(Domain, other.Domain, StringComparison.OrdinalIgnoreCase)
            || (Domain[0] == '*' && other.Domain.Length > 0 && MatchesDomain(other.Domain)))
        && (Stream.Length == 0 || string.Equals(Stream, other.Stream, StringComparison.OrdinalIgnoreCase))
        && (Site.Length == 0 || Glob.Matches(Site, other.Site));

    private bool MatchesDomain(string domain) => Domain.StartsWith("*.", StringComparison.Ordinal)
        ? domain.EndsWith(Domain[1..], StringComparison.OrdinalIgnoreCase)
        : string.Equals(Domain, domain, StringComparison.OrdinalIgnoreCase);
}
