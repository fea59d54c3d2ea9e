namespace Postfleet.Frontend.Protocol;

/// <summary>
/// The header field that marks a message as quarantined by a check of inbound mail, with the reason, for filters of the mail store. Marks
/// of strangers are removed (<see cref="OwnHeader"/>). Marks of trusted clients stay: another node may have checked the message. Pure.
/// </summary>
internal static class QuarantineHeader
{
    /// <summary>The name of the field in octets.</summary>
    public static ReadOnlySpan<byte> Name => "X-Postfleet-Quarantine"u8;

    /// <summary>The name of the field.</summary>
    public const string FieldName = "X-Postfleet-Quarantine";
}
