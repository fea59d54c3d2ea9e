namespace Postfleet.Signing.Options;

/// <summary>A key that signs mail: an entry of section <c>Dkim</c>.</summary>
public sealed record DkimKeyOptions
{
    /// <summary>The domain whose mail is signed, and which signs it (<c>d=</c>): the domain of the address in From.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The selector of the key (<c>s=</c>).</summary>
    public string Selector { get; init; } = "";

    /// <summary>The file with the private key.</summary>
    public string Key { get; init; } = "";

    /// <summary>The stream whose mail the key signs; empty for all streams that have no key of their own in the domain.</summary>
    public string Stream { get; init; } = "";

    /// <summary>How long signatures are valid (<c>x=</c>); zero for ever.</summary>
    public TimeSpan Validity { get; init; }

    /// <summary>Whether signatures say when they were made (<c>t=</c>).</summary>
    public bool Timestamp { get; init; } = true;
}
