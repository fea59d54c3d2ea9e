using Postfleet.Core.Mail;

namespace Postfleet.Core.Classification;

/// <summary>
/// Finds the class of negative replies: the first matching rule decides. The work for a reply is bounded by the number of rules and the
/// length of a text (<see cref="SmtpReply.MaxTextLength"/>). Thread-safe. One instance serves all modules of a node; a reload replaces its
/// rules.
/// </summary>
public sealed class BounceClassifier
{
    private const int FirstCode = 400;
    private const int CodeCount = 200;
    private const int MaxRemembered = 256;

    private volatile RuleSet _rules;

    /// <summary>Makes a classifier.</summary>
    /// <param name="rules">The rules; the first match wins.</param>
    public BounceClassifier(IReadOnlyList<BounceRule> rules)
        : this(() => rules)
    {
    }

    /// <summary>Makes a classifier with the rules of another one.</summary>
    public BounceClassifier(BounceClassifier other)
    {
        ArgumentNullException.ThrowIfNull(other);
        _rules = other._rules;
    }

    private BounceClassifier(Func<IReadOnlyList<BounceRule>> rules) => _rules = new RuleSet(rules);

    /// <summary>The classifier with the shipped rules alone.</summary>
    public static BounceClassifier Shipped { get; } = new(() => ShippedRules.All);

    /// <summary>Takes over the rules of another classifier. Not for <see cref="Shipped"/>.</summary>
    public void Use(BounceClassifier other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (ReferenceEquals(this, Shipped)) throw new InvalidOperationException("the shipped rules are not replaced");
        _rules = other._rules;
    }

    /// <summary>The class of a reply; null for a positive or intermediate reply. Every 4yz and 5yz has one.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="host">The host that gave it, as it is logged; empty if it is not known. Rules for providers need it.</param>
    public BounceClass? Classify(SmtpReply reply, string host = "") =>
        reply.Code < FirstCode ? null : FindRule(reply, host)?.Class ?? BounceClass.Unknown;

    /// <summary>The rule that decides about a reply; null if none matches.</summary>
    /// <param name="reply">The reply.</param>
    /// <param name="host">The host that gave it, as it is logged; empty if it is not known. Rules for providers need it.</param>
    public BounceRule? FindRule(SmtpReply reply, string host = "") => reply.Code < FirstCode ? null : _rules.Find(reply, host);

    // Codes that no rule names share their list.
    private static BounceRule[][] Arrange(IReadOnlyList<BounceRule> rules)
    {
        var byCode = new BounceRule[CodeCount][];
        var lists = new Dictionary<string, BounceRule[]>(StringComparer.Ordinal);
        for (var code = FirstCode; code < FirstCode + CodeCount; code++)
        {
            BounceRule[] list = [.. rules.Where(rule => rule.HasCode(code))];
            var key = string.Concat(rules.Select(rule => rule.HasCode(code) ? '1' : '0'));
            if (!lists.TryAdd(key, list)) list = lists[key];
            byCode[code - FirstCode] = list;
        }

        return byCode;
    }

    private sealed record Decision(SmtpReply Reply, string Host, BounceRule? Rule);

    private sealed class RuleSet(Func<IReadOnlyList<BounceRule>> rules)
    {
        // The rules for each basic code. Made for the first negative reply: most starts need no rules.
        private readonly Lazy<BounceRule[][]> _byCode = new(() => Arrange(rules()));

        // Log, metrics and history ask for the class of the same reply, and hosts repeat themselves. A place is overwritten by the next
        // reply of its hash; an entry is immutable, so that a reader sees all of it or another one.
        private readonly Decision?[] _remembered = new Decision?[MaxRemembered];

        public BounceRule? Find(SmtpReply reply, string host)
        {
            ref var place = ref _remembered[(uint)HashCode.Combine(reply, host) % MaxRemembered];
            if (place is { } known && known.Host == host && known.Reply == reply) return known.Rule;
            var rule = Decide(reply, MailProviders.NameOf(host));
            place = new Decision(reply, host, rule);
            return rule;
        }

        private BounceRule? Decide(SmtpReply reply, ReadOnlySpan<char> host)
        {
            Span<char> buffer = stackalloc char[SmtpReply.MaxTextLength];
            ReadOnlySpan<char> text = buffer[..ReplyText.WriteLine(reply.Text, buffer)];
            var status = ReplyText.StatusOf(reply);
            foreach (var rule in _byCode.Value[reply.Code - FirstCode]) if (rule.Matches(status, reply.Stage, text, host)) return rule;
            return null;
        }
    }
}
