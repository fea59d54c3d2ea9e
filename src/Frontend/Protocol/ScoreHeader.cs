namespace Postfleet.Frontend.Protocol;

/// <summary>
/// The header field with the weight of the listings of a client in DNS lists, for filters of the mail store. Fields of strangers are
/// removed as marks of quarantine are (<see cref="QuarantineHeader"/>). Pure.
/// </summary>
internal static class ScoreHeader
{
    /// <summary>The name of the field in octets.</summary>
    public static ReadOnlySpan<byte> Name => "X-Postfleet-Dns-Lists"u8;

    /// <summary>The name of the field.</summary>
    public const string FieldName = "X-Postfleet-Dns-Lists";
}
