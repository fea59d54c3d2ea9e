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
    internal bool Matches(EnhancedStatus? status, ReplyStage stage, ReadOnlySpan<char> text) =>
        (Statuses.Count == 0 || HasStatus(status))
        && (Stages.Count == 0 || Stages.Contains(stage))
        && (Texts is null || text.ContainsAny(Texts))
        && (Expression is null || Expression.IsMatch(text));

    private bool HasStatus(EnhancedStatus? status)
    {
        if (status is not { } code) return false;
        foreach (var pattern in Statuses) if (pattern.Matches(code)) return true;
        return false;
    }
}
