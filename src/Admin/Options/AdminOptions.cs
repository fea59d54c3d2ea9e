using System.Net;

namespace Postfleet.Admin.Options;

/// <summary>The admin endpoint.</summary>
public sealed record AdminOptions
{
    /// <summary>Address and port; port 0 takes any free port.</summary>
    public IPEndPoint Endpoint { get; init; } = new(IPAddress.Loopback, 8025);

    /// <summary>The token of requests to the API. An empty token means no check, and is refused on a public endpoint.</summary>
    public string Token { get; init; } = "";
}
