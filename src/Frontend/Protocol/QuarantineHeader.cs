namespace Postfleet.Frontend.Protocol;

/// <summary>
/// The header field that marks a message as quarantined by a check of inbound mail, with the reason, for filters of the mail store. Fields
/// that come with a message are removed (<see cref="OwnHeader"/>). Pure.
/// </summary>
internal static class QuarantineHeader
{
    /// <summary>The name of the field in octets.</summary>
    public static ReadOnlySpan<byte> Name => "X-Postfleet-Quarantine"u8;

    /// <summary>The name of the field.</summary>
    public const string FieldName = "X-Postfleet-Quarantine";
}
