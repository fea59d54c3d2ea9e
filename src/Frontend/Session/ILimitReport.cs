using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Budgets;

namespace Postfleet.Frontend.Session;

/// <summary>Counts and logs recipients that limits of users refuse, and makes the replies. Thread-safe.</summary>
internal interface ILimitReport
{
    /// <summary>Reports a refusal.</summary>
    /// <param name="session">The session.</param>
    /// <param name="user">The user.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="answer">The refusal.</param>
    /// <returns>The verdict: a temporary one, since the limit is free again later (RFC 5321 section 4.2.1).</returns>
    Verdict Refuse(ISessionView session, string user, BudgetLimit limit, in BudgetAnswer answer);
}
