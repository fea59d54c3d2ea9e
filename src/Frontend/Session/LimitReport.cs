using System.Globalization;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Budgets;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Counts and logs recipients that limits of users refuse, and makes the replies. The log has a limit of a user once a minute. Thread-safe;
/// shared by the sessions of a listener.
/// </summary>
/// <param name="logger">The module's log.</param>
/// <param name="budget">Limits the lines of all users.</param>
internal sealed class LimitReport(ILogger logger, LogBudget budget) : ILimitReport
{
    /// <summary>The most lines in a second.</summary>
    public const int LinesPerSecond = 10;

    /// <inheritdoc/>
    public Verdict Refuse(ISessionView session, string user, BudgetLimit limit, in BudgetAnswer answer)
    {
        var name = limit.Name[(limit.Name.LastIndexOf('/') + 1)..];
        FrontendMetrics.Limited(name);
        if (answer.IsNews && budget.TryTake(logger)) logger.LimitReached(user, name, limit.Value.ToString(), session.Client, answer.FreeAt);
        var seconds = Math.Max(Math.Ceiling(answer.FreeIn.TotalSeconds), 1);
        // As Postfix replies to clients with too much mail. X.7.1 is for rules of the site (RFC 3463 section 3.8).
        return Verdict.Defer(limit.Kind == BudgetKind.Rate
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"450 4.7.1 Limit of the user reached: {name} {limit.Value}, free again in {seconds:0} s")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"450 4.7.1 Limit of the user reached: {name} {limit.Value}, free again at {answer.FreeAt:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
    }
}
