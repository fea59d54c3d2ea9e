using Postfleet.Core.Classification;
using Xunit;

namespace Postfleet.Core.Tests.Classification;

/// <summary>The shipped rules: each is reached by its samples.</summary>
public sealed class ShippedRulesTests
{
    // Given by the module that ends the message, not by a reply.
    private static readonly string[] WithoutReply = ["suppressed", "unknown"];

    [Fact]
    public void Each_sample_is_matched_by_its_rule_and_by_no_earlier_rule() =>
        Assert.Empty(RuleSamples.Check(ShippedRules.All).Select(fault => $"line {fault.Rule.Line}, {fault.Rule.Id}: {fault.Fault}"));

    [Fact]
    public void Each_class_of_replies_has_a_rule() => Assert.Equal(
        BounceClass.All.Select(each => each.Name).Except(WithoutReply).Order(StringComparer.Ordinal),
        ShippedRules.All.Select(rule => rule.Class.Name).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Names_of_classes_are_unique()
    {
        Assert.Equal(BounceClass.All.Count, BounceClass.All.Select(each => each.Name).Distinct().Count());
        Assert.All(BounceClass.All, each => Assert.Same(each, BounceClass.Find(each.Name)));
        Assert.Null(BounceClass.Find("Unknown"));
    }
}
