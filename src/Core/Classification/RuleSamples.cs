
namespace Postfleet.Core.Classification;

/// <summary>Checks rules by their samples: each sample must be matched by its rule and by no earlier rule.</summary>
public static class RuleSamples
{
    private const int MaxShown = 100;

    /// <summary>The rules with a sample that another rule gets, or none, and the fault in words.</summary>
    /// <param name="rules">The rules in their order.</param>
    public static IEnumerable<(BounceRule Rule, string Fault)> Check(IReadOnlyList<BounceRule> rules)
    {
        var classifier = new BounceClassifier(rules);
        return from rule in rules
               from sample in rule.Samples
               let host = HostOf(rule)
               let first = classifier.FindRule(sample, host)
               where !ReferenceEquals(first, rule)
               let shown = $"sample is '{sample.WithTextOfAtMost(MaxShown)}', which"
               select (rule, new BounceClassifier([rule]).FindRule(sample, host) is null
                   ? $"{shown} the rule does not match; allowed: a reply with its codes, text and stage"
                   : $"{shown} the earlier rule '{first!.Id}' matches; allowed: a reply that no earlier rule matches");
    }

    private static string HostOf(BounceRule rule) =>
        rule.Hosts.Count == 0 ? "" : rule.Hosts[0].StartsWith('.') ? $"mx{rule.Hosts[0]}" : rule.Hosts[0];
}
