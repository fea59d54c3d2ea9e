using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Parses the parameters of RFC 3461: RET and ENVID of MAIL, NOTIFY and ORCPT of RCPT. Values are normalised for relaying.
/// A parameter with an invalid value is ignored: a less precise report is better than refused mail. Pure.
/// </summary>
internal static class DsnParameters
{
    private static readonly SearchValues<byte> Atom =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"u8);

    /// <summary>Reads a parameter of MAIL, if it is RET or ENVID.</summary>
    /// <param name="parameter">The parameter as received.</param>
    /// <param name="content">The value of RET; unspecified for another parameter and for an invalid value.</param>
    /// <param name="envelopeId">The value of ENVID in xtext; null for another parameter and for an invalid value.</param>
    /// <returns>Whether the parameter is RET or ENVID.</returns>
    public static bool TryParseMail(ReadOnlySpan<byte> parameter, out ReturnContent content, out string? envelopeId)
    {
        (content, envelopeId) = (ReturnContent.Unspecified, null);
        if (Keyword.TryCut(parameter, "RET="u8, out var value))
        {
            content = Ascii.EqualsIgnoreCase(value, "HDRS"u8) ? ReturnContent.Headers
                : Ascii.EqualsIgnoreCase(value, "FULL"u8) ? ReturnContent.Full : ReturnContent.Unspecified;
            return true;
        }

        if (!Keyword.TryCut(parameter, "ENVID="u8, out value)) return false;
        Span<byte> octets = stackalloc byte[DsnRequest.MaxEnvelopeId];
        var length = value.Length <= octets.Length ? Xtext.Decode(value, octets) : 0;
        // A report shows the decoded value in a header field: it must be non-empty and consist of ASCII graphic characters and spaces.
        var isValid = length > 0 && !octets[..length].ContainsAnyExceptInRange((byte)' ', (byte)'~');
        if (isValid) envelopeId = Encode(octets[..length], "", DsnRequest.MaxEnvelopeId);
        return true;
    }

    /// <summary>Parses the parameters of RCPT.</summary>
    /// <param name="text">The parameters.</param>
    /// <param name="request">The DSN request.</param>
    /// <param name="refused">The unknown parameter as received; empty when all are known.</param>
    /// <returns>Whether all parameters are known.</returns>
    public static bool TryParseRecipient(ReadOnlySpan<byte> text, out DsnRequest request, out ReadOnlySpan<byte> refused)
    {
        request = DsnRequest.None;
        refused = [];
        foreach (var range in text.Split((byte)' '))
        {
            var parameter = text[range];
            if (parameter.IsEmpty) continue;
            if (Keyword.TryCut(parameter, "NOTIFY="u8, out var value))
            {
                if (request.Notify == NotifyOn.Unspecified) request = request with { Notify = ParseNotify(value) };
            }
            else if (Keyword.TryCut(parameter, "ORCPT="u8, out value))
            {
                if (request.OriginalRecipient.Length == 0 && OriginalRecipient(value) is { } original)
                    request = request with { OriginalRecipient = original };
            }
            else
            {
                refused = parameter;
                return false;
            }
        }

        return true;
    }

    // Unspecified for an invalid value: NEVER excludes the other keywords (section 4.1).
    private static NotifyOn ParseNotify(ReadOnlySpan<byte> value)
    {
        var notify = NotifyOn.Unspecified;
        foreach (var range in value.Split((byte)','))
        {
            var keyword = value[range];
            var flag = Ascii.EqualsIgnoreCase(keyword, "SUCCESS"u8) ? NotifyOn.Success
                : Ascii.EqualsIgnoreCase(keyword, "FAILURE"u8) ? NotifyOn.Failure
                : Ascii.EqualsIgnoreCase(keyword, "DELAY"u8) ? NotifyOn.Delay
                : Ascii.EqualsIgnoreCase(keyword, "NEVER"u8) ? NotifyOn.Never : NotifyOn.Unspecified;
            if (flag == NotifyOn.Unspecified) return NotifyOn.Unspecified;
            notify |= flag;
        }

        return (notify & NotifyOn.Never) == 0 || notify == NotifyOn.Never ? notify : NotifyOn.Unspecified;
    }

    // addr-type ";" xtext (section 4.2). Postfix and MailKit send non-ASCII addresses as type rfc822 with UTF-8 in xtext, which is
    // accepted. Reports use the form of RFC 6533.
    private static string? OriginalRecipient(ReadOnlySpan<byte> value)
    {
        if (value.Length > DsnRequest.MaxOriginalRecipient) return null;
        var semicolon = value.IndexOf((byte)';');
        if (semicolon <= 0 || value[..semicolon].ContainsAnyExcept(Atom)) return null;
        Span<byte> octets = stackalloc byte[DsnRequest.MaxOriginalRecipient];
        var length = Xtext.Decode(value[(semicolon + 1)..], octets);
        if (length <= 0 || !Utf8.IsValid(octets[..length]) || octets[..length].ContainsAnyInRange((byte)0, (byte)0x1f)
            || octets[..length].Contains((byte)0x7f))
            return null;
        return Encode(octets[..length], Encoding.ASCII.GetString(value[..(semicolon + 1)]), DsnRequest.MaxOriginalRecipient);
    }

    // Encodes with upper-case hexadecimal digits; null if the result is too long.
    private static string? Encode(ReadOnlySpan<byte> octets, string prefix, int maxLength)
    {
        var text = prefix + Xtext.Encode(octets);
        return text.Length <= maxLength ? text : null;
    }
}
