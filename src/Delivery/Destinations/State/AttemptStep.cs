namespace Postfleet.Delivery.Destinations.State;

/// <summary>The next action for the driver of an <see cref="AttemptProcedure"/>. Each step ends in one call of the procedure.</summary>
internal enum AttemptStep
{
    /// <summary>
    /// Wait until the last stall of this process is long enough ago; then <see cref="AttemptProcedure.Recovered"/>.
    /// </summary>
    AwaitRecovery,

    /// <summary>Wait until enough queue nodes can be reached; then <see cref="AttemptProcedure.QueueNodesReached"/>.</summary>
    AwaitQueueNodes,

    /// <summary>Read the part from the spool; then <see cref="AttemptProcedure.PartRead"/> or <see cref="AttemptProcedure.SpoolFailed"/>.
    /// </summary>
    ReadPart,

    /// <summary>
    /// Send the part to <see cref="AttemptProcedure.Open"/> on the connection at hand, and ask the guard before the final dot; then
    /// <see cref="AttemptProcedure.Sent"/>, <see cref="AttemptProcedure.Aborted"/> or <see cref="AttemptProcedure.ConnectionStale"/>.
    /// </summary>
    Send,

    /// <summary>
    /// Close the connection, and connect to another host of the site; then <see cref="AttemptProcedure.HostChanged"/>. From here on
    /// <see cref="AttemptProcedure.TimeLimit"/> holds.
    /// </summary>
    ChangeHost,

    /// <summary>Report <see cref="AttemptProcedure.Outcome"/> and <see cref="AttemptProcedure.Transactions"/>.</summary>
    End,
}
