namespace Postfleet.Admin.Options;

/// <summary>The permissions of a token.</summary>
public enum ApiScope
{
    /// <summary>To read all but the content of messages.</summary>
    Read,

    /// <summary>To send messages.</summary>
    Inject,

    /// <summary>Everything.</summary>
    Operate,
}

/// <summary>A token of the API.</summary>
public sealed record TokenOptions
{
    /// <summary>The name, which log lines and actions have.</summary>
    public string Name { get; init; } = "";

    /// <summary>The token; empty for a token in a file.</summary>
    public string Token { get; init; } = "";

    /// <summary>The file with the token; empty for a token in the configuration.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>The permissions of the token.</summary>
    public ApiScope Scope { get; init; } = ApiScope.Read;
}
