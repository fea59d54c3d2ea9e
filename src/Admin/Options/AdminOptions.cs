using System.Net;
using Postfleet.Core.Units;

namespace Postfleet.Admin.Options;

/// <summary>The admin endpoint.</summary>
public sealed record AdminOptions
{
    /// <summary>The name of the token of <see cref="Token"/> or <see cref="TokenFile"/>.</summary>
    public const string SingleName = "admin";

    /// <summary>Address and port; port 0 takes any free port.</summary>
    public IPEndPoint Endpoint { get; init; } = new(IPAddress.Loopback, 8025);

    /// <summary>A token for all scopes; empty for none. Without any token, requests are not checked.</summary>
    public string Token { get; init; } = "";

    /// <summary>A file with a token for all scopes; empty for none.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>Further tokens.</summary>
    public IReadOnlyList<TokenOptions> Tokens { get; init; } = [];

    /// <summary>The maximum rate of requests with a token, on this node.</summary>
    public Rate MaxRate { get; init; } = Rate.TryParse("200/s", out var rate) ? rate : default;

    /// <summary>All tokens; none when requests are not checked.</summary>
    internal IEnumerable<TokenOptions> AllTokens() => Token.Length == 0 && TokenFile.Length == 0 ? Tokens
        : Tokens.Prepend(new TokenOptions { Name = SingleName, Token = Token, TokenFile = TokenFile, Scope = ApiScope.Operate });
}
