namespace Postfleet.Frontend.Options;

/// <summary>Section <c>Inbound:Seal</c>: how inbound messages are sealed by ARC (RFC 8617).</summary>
public sealed record SealOptions
{
    /// <summary>The domain of the sealer (<c>d=</c>); empty for no seals.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The selector of the key (<c>s=</c>).</summary>
    public string Selector { get; init; } = "";

    /// <summary>The file with the private key.</summary>
    public string Key { get; init; } = "";

    /// <summary>Whether messages are sealed.</summary>
    public bool IsOn() => Domain.Length > 0 && Selector.Length > 0 && Key.Length > 0;
}
