using System.Net;

namespace Postfleet.Testing;

/// <summary>A message accepted by the sink, recorded before the 250.</summary>
/// <param name="Id">The value of <see cref="SinkOptions.IdHeader"/>; empty when the message has none.</param>
/// <param name="ReversePath">The path of MAIL FROM without its brackets; empty for the null sender.</param>
/// <param name="MailParameters">The parameters of MAIL FROM, for example <c>SIZE=100 BODY=8BITMIME</c>.</param>
/// <param name="Recipients">The paths of the accepted RCPT TO commands, without their brackets.</param>
/// <param name="Hash">SHA-256 of the octets below <paramref name="Trace"/>, after unstuffing, in hexadecimal.</param>
/// <param name="Octets">How many octets lie below <paramref name="Trace"/>.</param>
/// <param name="Trace">The Received field of the last relay, with folded lines and CRLF; empty if there is none.</param>
/// <param name="At">The arrival of the final dot.</param>
/// <param name="Connection">The number of the connection, counted from 1.</param>
/// <param name="Client">The name in EHLO or HELO.</param>
/// <param name="Content">All octets, trace included; null unless <see cref="SinkOptions.KeepContent"/>.</param>
public sealed record SinkMessage(
    string Id,
    string ReversePath,
    string MailParameters,
    IReadOnlyList<string> Recipients,
    string Hash,
    int Octets,
    string Trace,
    DateTimeOffset At,
    int Connection,
    string Client,
    byte[]? Content)
{
    /// <summary>The address of the client; null where it has none.</summary>
    public IPAddress? Peer { get; init; }
}
