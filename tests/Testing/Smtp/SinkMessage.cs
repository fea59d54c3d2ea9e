namespace Postfleet.Testing;

/// <summary>A message that the sink has taken, recorded before its 250 went out.</summary>
/// <param name="Id">The value of <see cref="SinkOptions.IdHeader"/>; empty when the message has none.</param>
/// <param name="ReversePath">The path of MAIL FROM without its brackets; empty for the null sender.</param>
/// <param name="MailParameters">What followed the path in MAIL FROM, for example <c>SIZE=100 BODY=8BITMIME</c>.</param>
/// <param name="Recipients">The paths of the accepted RCPT TO commands, without their brackets.</param>
/// <param name="Hash">SHA-256 of the octets below <paramref name="Trace"/>, after unstuffing, in hexadecimal.</param>
/// <param name="Octets">How many octets lie below <paramref name="Trace"/>.</param>
/// <param name="Trace">The Received field that the last relay put on top, with folds and CRLF; empty when there is none.</param>
/// <param name="At">When the final dot had arrived.</param>
/// <param name="Connection">Which connection of the sink, counted from 1.</param>
/// <param name="Client">The name that the client gave with EHLO or HELO.</param>
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
    byte[]? Content);
