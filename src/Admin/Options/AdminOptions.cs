namespace Postfleet.Admin.Options;

/// <summary>The admin endpoint.</summary>
public sealed record AdminOptions
{
    /// <summary>Address and port; port 0 takes any free one.</summary>
    public string Endpoint { get; init; } = "127.0.0.1:8025";

    /// <summary>What requests to the API must show; empty asks for nothing, and is refused on an endpoint that is open to others.</summary>
    public string Token { get; init; } = "";
}
