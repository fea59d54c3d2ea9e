using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;

namespace Postfleet.Frontend.Session;

/// <summary>Counts and logs the ends of dialogues. Thread-safe.</summary>
internal interface IAuthenticationReport
{
    /// <summary>A dialogue has ended.</summary>
    /// <param name="session">The session.</param>
    /// <param name="mechanism">The mechanism.</param>
    /// <param name="end">How it ended.</param>
    /// <param name="user">The user; empty where there is none of the given name.</param>
    /// <param name="reason">The reason of a failure, for the log.</param>
    void Ended(ISessionView session, string mechanism, AuthenticationEnd end, string user, string reason);
}
