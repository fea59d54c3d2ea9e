namespace Postfleet.Core.Queueing;

/// <summary>An operator's order that a queue starts no attempts. Messages still expire at the end of their lifetime.</summary>
/// <param name="Action">The number of the action.</param>
/// <param name="Until">The end of the suspension; null when it lasts until an operator ends it.</param>
/// <param name="Reason">The operator's reason; may be empty.</param>
public sealed record Suspension(int Action, DateTimeOffset? Until, string Reason)
{
    /// <summary>When the action was ordered; null if it is not known.</summary>
    public DateTimeOffset? Since { get; init; }
}
