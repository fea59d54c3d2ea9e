using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Options;

/// <summary>Which addresses of a message must belong to its user.</summary>
public enum SenderCheckKind
{
    /// <summary>The reverse-path, and all addresses of From and Sender.</summary>
    All,

    /// <summary>The reverse-path.</summary>
    Envelope,

    /// <summary>None.</summary>
    None,
}

/// <summary>Section <c>Submission</c>: the rules for messages of authenticated users (RFC 6409).</summary>
public sealed record SubmissionOptions
{
    /// <summary>Which addresses must belong to the user.</summary>
    public SenderCheckKind CheckSender { get; init; }

    /// <summary>The highest priority that a user may give a message (RFC 6710); a higher one becomes this one.</summary>
    public int MaxPriority { get; init; } = MessagePriority.Max;

    /// <summary>Whether the Received field names the user.</summary>
    public bool TraceUser { get; init; }
}
