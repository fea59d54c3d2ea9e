namespace Postfleet.Frontend.Options;

/// <summary>Which addresses are rewritten.</summary>
public enum RewritingScope
{
    /// <summary>Those of senders and recipients.</summary>
    All,

    /// <summary>The reverse-path, From, Sender and Reply-To.</summary>
    Senders,

    /// <summary>The recipients, To, Cc and Bcc.</summary>
    Recipients,
}

/// <summary>What happens to a header field.</summary>
public enum HeaderAction
{
    /// <summary>The field is added, whether the message has one of this name or not.</summary>
    Add,

    /// <summary>The field is added unless the message has one of this name.</summary>
    Default,

    /// <summary>The field replaces those of this name.</summary>
    Set,

    /// <summary>The fields of this name are removed.</summary>
    Remove,
}

/// <summary>A rule for a header field: an entry of list <c>Rewriting:Headers</c>.</summary>
public sealed record HeaderRuleOptions
{
    /// <summary>The name of the field.</summary>
    public string Name { get; init; } = "";

    /// <summary>What happens to it.</summary>
    public HeaderAction Action { get; init; }

    /// <summary>The value that is added; empty to remove the field.</summary>
    public string Value { get; init; } = "";
}

/// <summary>Section <c>Rewriting</c>: changes of addresses and header fields.</summary>
public sealed record RewritingOptions
{
    /// <summary>The services of the listeners whose mail is rewritten.</summary>
    public IReadOnlyList<string> Services { get; init; } = [ListenerOptions.Relay, ListenerOptions.Submission];

    /// <summary>The files with the addresses and domains to replace.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>Which addresses the files apply to.</summary>
    public RewritingScope Scope { get; init; }

    /// <summary>The domains that stand for their subdomains in addresses.</summary>
    public IReadOnlyList<string> Masquerade { get; init; } = [];

    /// <summary>The users whose subdomain stays.</summary>
    public IReadOnlyList<string> MasqueradeExceptions { get; init; } = [];

    /// <summary>The rules for header fields.</summary>
    public IReadOnlyList<HeaderRuleOptions> Headers { get; init; } = [];

    /// <summary>Whether there is a rule.</summary>
    public bool HasRules() => Addresses.Count > 0 || Masquerade.Count > 0 || Headers.Count > 0;
}
