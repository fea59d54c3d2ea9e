namespace Postfleet.Admin.Api;

/// <summary>The named routes.</summary>
/// <param name="Routes">The routes, in the order of their names.</param>
public sealed record RouteList(IReadOnlyList<RouteView> Routes);

/// <summary>A named route.</summary>
/// <param name="Name">The name, in lower case.</param>
public sealed record RouteView(string Name);
