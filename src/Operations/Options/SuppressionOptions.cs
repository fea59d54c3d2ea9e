namespace Postfleet.Operations.Options;

/// <summary>What a client hears at RCPT of a recipient on the suppression list.</summary>
public enum SuppressedRecipientHandling
{
    /// <summary>The recipient is accepted, and ends at once with the outcome <c>suppressed</c>.</summary>
    Accept,

    /// <summary>The recipient is refused with <c>550 5.7.1</c>.</summary>
    Refuse,
}

/// <summary>The mail that an entry made by a rule concerns.</summary>
public enum SuppressionScope
{
    /// <summary>The mail of the stream of the failed message.</summary>
    Stream,

    /// <summary>The mail of the user of the failed message; all mail where it has no user.</summary>
    User,

    /// <summary>All mail.</summary>
    All,
}

/// <summary>Section <c>Suppression</c>: recipients that get no mail.</summary>
public sealed record SuppressionOptions
{
    /// <summary>Whether the list is applied.</summary>
    public bool Enabled { get; init; }

    /// <summary>What clients hear at RCPT.</summary>
    public SuppressedRecipientHandling AtRecipient { get; init; }

    /// <summary>The failures that make entries.</summary>
    public IReadOnlyList<SuppressionRuleOptions> Rules { get; init; } = [];
}

/// <summary>An entry of <c>Suppression:Rules</c>: failures of a class make an entry.</summary>
public sealed record SuppressionRuleOptions
{
    /// <summary>The class of the failure.</summary>
    public string Class { get; init; } = "";

    /// <summary>The mail that the entry concerns.</summary>
    public SuppressionScope Scope { get; init; }

    /// <summary>How many messages must have failed.</summary>
    public int After { get; init; } = 1;

    /// <summary>The longest time between two failures that are counted together.</summary>
    public TimeSpan Within { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long the entry has an effect; zero for ever.</summary>
    public TimeSpan Expires { get; init; } = TimeSpan.FromDays(90);
}
