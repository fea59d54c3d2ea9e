using System.Buffers;
using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Postfleet.Core.Mail;

namespace Postfleet.Core.Classification;

/// <summary>
/// A rule of the classifier: replies with given codes, texts and stages have a class. All conditions that are given must hold; the samples
/// are replies that the rule must match. Immutable. Made by <see cref="RuleFile"/>.
/// </summary>
public sealed class BounceRule
{
    /// <summary>The name of the rule, unique in its set.</summary>
    public required string Id { get; init; }

    /// <summary>The class of matching replies.</summary>
    public required BounceClass Class { get; init; }

    /// <summary>Replies that the rule must match, at least one.</summary>
    public required IReadOnlyList<SmtpReply> Samples { get; init; }

    /// <summary>The line of the file where the rule begins, from 1.</summary>
    public int Line { get; init; }

    /// <summary>
    /// Whether recipients that a 5yz reply of the rule refuses are tried again: some hosts say so that mail comes too fast.
    /// </summary>
    public bool IsDeferred { get; init; }

    /// <summary>What a matching reply does to the delivery to the site; empty for nothing.</summary>
    public IReadOnlyList<ReplyReaction> Reactions { get; init; } = [];

    /// <summary>
    /// Names of hosts, and suffixes of names with a dot in front: the rule holds for replies of these hosts alone. Empty for all hosts,
    /// and for replies whose host is not known.
    /// </summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Where the texts come from; empty if the rule does not say.</summary>
    public string Source { get; init; } = "";

    /// <summary>The day on which the source was read; null if the rule does not say.</summary>
    public DateOnly? Checked { get; init; }

    /// <summary>The basic codes; null for all of 400 to 599.</summary>
    internal FrozenSet<int>? Codes { get; init; }

    /// <summary>The enhanced codes; empty for any or none.</summary>
    internal IReadOnlyList<StatusPattern> Statuses { get; init; } = [];

    /// <summary>The stages of the dialogue; empty for any.</summary>
    internal IReadOnlyList<ReplyStage> Stages { get; init; } = [];

    /// <summary>Texts of which the reply must contain one, in any case; null for any reply.</summary>
    internal SearchValues<string>? Texts { get; init; }

    /// <summary>An expression that must match the text; null for any text. Not backtracking, so its time is linear in the text.</summary>
    internal Regex? Expression { get; init; }

    /// <summary>Whether the rule holds for replies with a basic code.</summary>
    internal bool HasCode(int code) => Codes is null || Codes.Contains(code);

    /// <summary>Whether a reply whose basic code the rule has meets the other conditions.</summary>
    /// <param name="status">The enhanced code.</param>
    /// <param name="stage">What the reply answered.</param>
    /// <param name="text">The text of all lines as one line.</param>
    /// <param name="host">The name of the host; empty if it is not known.</param>
    internal bool Matches(EnhancedStatus? status, ReplyStage stage, ReadOnlySpan<char> text, ReadOnlySpan<char> host) =>
        (Hosts.Count == 0 || IsOf(host))
        && (Statuses.Count == 0 || HasStatus(status))
        && (Stages.Count == 0 || Stages.Contains(stage))
        && (Texts is null || text.ContainsAny(Texts))
        && (Expression is null || Expression.IsMatch(text));

    private bool IsOf(ReadOnlySpan<char> host)
    {
        for (var i = 0; i < Hosts.Count; i++) if (MailProviders.Matches(host, Hosts[i])) return true;
        return false;
    }

    private bool HasStatus(EnhancedStatus? status)
    {
        if (status is not { } code) return false;
        foreach (var pattern in Statuses) if (pattern.Matches(code)) return true;
        return false;
    }
}
