using Postfleet.Core.Mail;

namespace Postfleet.Core.Classification;

/// <summary>
/// Finds the class of negative replies: the first matching rule decides. The work for a reply is bounded by the number of rules and the
/// length of a text (<see cref="SmtpReply.MaxTextLength"/>). Immutable and thread-safe. One instance serves all modules of a node.
/// </summary>
public sealed class BounceClassifier
{
    private const int FirstCode = 400;
    private const int CodeCount = 200;

    private static readonly Lazy<BounceClassifier> Default = new(() => new BounceClassifier(ShippedRules.All));

    // The rules for each basic code. Codes that no rule names share their list.
    private readonly BounceRule[][] _byCode = new BounceRule[CodeCount][];

    /// <summary>Makes a classifier.</summary>
    /// <param name="rules">The rules; the first match wins.</param>
    public BounceClassifier(IReadOnlyList<BounceRule> rules)
    {
        var lists = new Dictionary<string, BounceRule[]>(StringComparer.Ordinal);
        for (var code = FirstCode; code < FirstCode + CodeCount; code++)
        {
            BounceRule[] list = [.. rules.Where(rule => rule.HasCode(code))];
            var key = string.Concat(rules.Select(rule => rule.HasCode(code) ? '1' : '0'));
            if (!lists.TryAdd(key, list)) list = lists[key];
            _byCode[code - FirstCode] = list;
        }
    }

    /// <summary>The classifier with the shipped rules alone.</summary>
    public static BounceClassifier Shipped => Default.Value;

    /// <summary>The class of a reply; null for a positive or intermediate reply. Every 4yz and 5yz has one.</summary>
    public BounceClass? Classify(SmtpReply reply) =>
        reply.Code < FirstCode ? null : FindRule(reply)?.Class ?? BounceClass.Unknown;

    /// <summary>The rule that decides about a reply; null if none matches.</summary>
    public BounceRule? FindRule(SmtpReply reply)
    {
        if (reply.Code < FirstCode) return null;
        Span<char> buffer = stackalloc char[SmtpReply.MaxTextLength];
        ReadOnlySpan<char> text = buffer[..ReplyText.WriteLine(reply.Text, buffer)];
        var status = ReplyText.StatusOf(reply);
        foreach (var rule in _byCode[reply.Code - FirstCode]) if (rule.Matches(status, reply.Stage, text)) return rule;
        return null;
    }
}
