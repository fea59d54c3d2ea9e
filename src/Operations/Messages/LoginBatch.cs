using Akka.Event;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Users;

namespace Postfleet.Operations.Messages;

/// <summary>A node with listeners to another: its latest log-ins, in order. Not answered; a node that is gone needs none.</summary>
/// <param name="Reports">The log-ins; <see cref="MaxReports"/> at most.</param>
internal sealed record LoginBatch(IReadOnlyList<LoginReport> Reports) : IProtocolMessage, IDeadLetterSuppression
{
    /// <summary>The most reports in a batch, which is far below a frame of the remoting.</summary>
    public const int MaxReports = 500;
}
