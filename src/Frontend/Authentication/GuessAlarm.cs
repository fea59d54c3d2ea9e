using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Authentication;

/// <summary>Tells the operator of users and networks with many failed log-ins, in the log and in a counter. Thread-safe.</summary>
/// <param name="logger">The module's log.</param>
/// <param name="time">The clock.</param>
internal sealed class GuessAlarm(ILogger logger, TimeProvider time)
{
    // An attack can come from many networks at once.
    private const int LinesPerSecond = 5;

    private readonly LogBudget _budget = new(time, LinesPerSecond);

    /// <summary>The password of a user is guessed.</summary>
    public void OfUser(string user, int failures, IPAddress client)
    {
        FrontendMetrics.GuessingNoticed("user");
        if (_budget.TryTake(logger)) logger.UserGuessed(user, failures, client);
    }

    /// <summary>A network guesses passwords.</summary>
    public void OfNetwork(IPAddress network, int failures)
    {
        FrontendMetrics.GuessingNoticed("network");
        if (_budget.TryTake(logger))
            logger.NetworkGuesses($"{network}/{(network.AddressFamily == AddressFamily.InterNetwork ? 24 : 48)}", failures);
    }
}
