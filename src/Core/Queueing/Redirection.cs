namespace Postfleet.Core.Queueing;

/// <summary>An operator's order that the mail of a queue goes by a named route instead of its own.</summary>
/// <param name="Action">The number of the action.</param>
/// <param name="Route">The name of the route.</param>
/// <param name="Until">The end of the move; null when it lasts until an operator ends it.</param>
public sealed record Redirection(int Action, string Route, DateTimeOffset? Until);
