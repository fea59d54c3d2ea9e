using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Intake;

/// <summary>The way of a message that is passed on to a host before it is accepted.</summary>
/// <param name="Route">The index of the route, which all recipients of the message have.</param>
/// <param name="Mode">What happens while the host cannot be reached.</param>
internal readonly record struct Passage(int Route, ProxyMode Mode);
