using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Counts and logs the ends of AUTH dialogues. Thread-safe; shared by all sessions.
/// </summary>
/// <param name="logger">The module's log.</param>
/// <param name="budget">Limits the log lines about failures.</param>
internal sealed class AuthenticationReport(ILogger logger, LogBudget budget) : IAuthenticationReport
{
    /// <inheritdoc/>
    public void Ended(ISessionView session, string mechanism, AuthenticationEnd end, string user, string reason)
    {
        FrontendMetrics.AuthenticationEnded(session.Listener, mechanism, end);
        if (end == AuthenticationEnd.Succeeded)
        {
            logger.LoggedIn(user, mechanism, session.Client);
        }
        else if (logger.IsEnabled(LogLevel.Information) && budget.TryTake(logger))
        {
            logger.LoginFailed(mechanism, session.Client, user.Length > 0 ? user : "unknown", reason);
        }
    }
}
