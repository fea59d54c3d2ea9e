using Postfleet.Configuration;
using Postfleet.Core.Budgets;
using Postfleet.Core.Units;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Rates;

/// <summary>
/// A window of a rule of <c>Inbound:Rates</c>: the most in a time for each address, network, sender domain or recipient. Immutable.
/// </summary>
/// <param name="Rule">The rule.</param>
/// <param name="Rate">The rate.</param>
internal sealed record RateWindow(RateOptions Rule, Rate Rate)
{
    // Of the limit, the share that nodes grant without a question is at most one part in this number.
    private const long ShareDivisor = 4;

    // Of a small limit: otherwise each connection of usual mail would be a question.
    private const long SmallDivisor = 2;

    /// <summary>The name of the counts: a window that a reload leaves as it is goes on counting.</summary>
    public string Name { get; } = $"{TextForms.Write(Rule.Count)}/{TextForms.Write(Rule.By)}/{Rate}/";

    /// <summary>
    /// The most that a node grants without a question. All nodes together so grant a quarter of the limit at most; half of a small limit,
    /// of which a quarter would be less than a unit for each node. Of a still smaller one they grant nothing by themselves.
    /// </summary>
    /// <param name="frontends">The number of nodes with listeners; 1 or more.</param>
    public long ShareOf(int frontends) => Rate.Count / (ShareDivisor * frontends) is > 0 and var share ? share
        : Rate.Count >= SmallDivisor * frontends ? 1 : 0;

    /// <summary>The limit of the whole cluster, which is the rest: with the shares of all nodes, it is the configured limit.</summary>
    /// <param name="key">The key of the count.</param>
    /// <param name="frontends">The number of nodes with listeners.</param>
    public BudgetLimit LimitOf(Guid key, int frontends) => new(
        $"{BudgetLimit.InboundPrefix}{key:N}", BudgetKind.Rate, Rate.WithCount(Rate.Count - frontends * ShareOf(frontends)));
}
