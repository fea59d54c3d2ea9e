using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// The parameters of RFC 3461: RET and ENVID of MAIL, NOTIFY and ORCPT of RCPT. Values are kept in their right form, to be passed on so. A
/// value that cannot be read is passed over as if its parameter were not there: a report that says less is better than mail that is
/// refused.
/// </summary>
internal static class DsnParameters
{
    private static readonly SearchValues<byte> Atom =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"u8);

    /// <summary>Takes one parameter of MAIL.</summary>
    /// <returns>Whether it is one of these.</returns>
    public static bool TakeMail(ReadOnlySpan<byte> parameter, ref MailParameters parameters)
    {
        if (Value(parameter, "RET="u8, out var value))
        {
            var content = Ascii.EqualsIgnoreCase(value, "HDRS"u8) ? ReturnContent.Headers
                : Ascii.EqualsIgnoreCase(value, "FULL"u8) ? ReturnContent.Full : ReturnContent.Unspecified;
            if (content != ReturnContent.Unspecified && parameters.Return == ReturnContent.Unspecified)
                parameters = parameters with { Return = content };
            return true;
        }

        if (!Value(parameter, "ENVID="u8, out value)) return false;
        Span<byte> octets = stackalloc byte[DsnRequest.MaxEnvelopeId];
        var length = value.Length <= octets.Length ? Xtext.Decode(value, octets) : 0;
        // What is decoded stands in a header field one day: graphic characters and spaces of ASCII, and not nothing.
        var isRight = length > 0 && !octets[..length].ContainsAnyExceptInRange((byte)' ', (byte)'~');
        if (isRight && parameters.EnvelopeId is null && Encoded(octets[..length], "", DsnRequest.MaxEnvelopeId) is { } id)
            parameters = parameters with { EnvelopeId = id };
        return true;
    }

    /// <summary>Reads the parameters of RCPT.</summary>
    /// <param name="text">The parameters.</param>
    /// <param name="request">What they ask.</param>
    /// <param name="refused">The parameter that is unknown, as it came; empty when there is none.</param>
    /// <returns>Whether all are known.</returns>
    public static bool TryParseRecipient(ReadOnlySpan<byte> text, out DsnRequest request, out ReadOnlySpan<byte> refused)
    {
        request = DsnRequest.None;
        refused = [];
        foreach (var range in text.Split((byte)' '))
        {
            var parameter = text[range];
            if (parameter.IsEmpty) continue;
            if (Value(parameter, "NOTIFY="u8, out var value))
            {
                if (request.Notify == NotifyOn.Unspecified) request = request with { Notify = ParseNotify(value) };
            }
            else if (Value(parameter, "ORCPT="u8, out value))
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

    // Unspecified when it is not right: NEVER stands alone, and each keyword is one of four (section 4.1).
    private static NotifyOn ParseNotify(ReadOnlySpan<byte> value)
    {
        var notify = NotifyOn.Unspecified;
        foreach (var range in value.Split((byte)','))
        {
            var keyword = value[range];
            var one = Ascii.EqualsIgnoreCase(keyword, "SUCCESS"u8) ? NotifyOn.Success
                : Ascii.EqualsIgnoreCase(keyword, "FAILURE"u8) ? NotifyOn.Failure
                : Ascii.EqualsIgnoreCase(keyword, "DELAY"u8) ? NotifyOn.Delay
                : Ascii.EqualsIgnoreCase(keyword, "NEVER"u8) ? NotifyOn.Never : NotifyOn.Unspecified;
            if (one == NotifyOn.Unspecified) return NotifyOn.Unspecified;
            notify |= one;
        }

        return (notify & NotifyOn.Never) == 0 || notify == NotifyOn.Never ? notify : NotifyOn.Unspecified;
    }

    // addr-type ";" xtext (section 4.2). Postfix and MailKit give addresses that are not ASCII as rfc822, with their UTF-8 in xtext: mail
    // must not fail for that. In a report they stand as RFC 6533 has them.
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
        return Encoded(octets[..length], Encoding.ASCII.GetString(value[..(semicolon + 1)]), DsnRequest.MaxOriginalRecipient);
    }

    // In upper-case hexadecimal, whatever it came in; null where that makes it longer than it may be.
    private static string? Encoded(ReadOnlySpan<byte> octets, string prefix, int most)
    {
        var text = prefix + Xtext.Encode(octets);
        return text.Length <= most ? text : null;
    }

    private static bool Value(ReadOnlySpan<byte> parameter, ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> value)
    {
        var isIt = parameter.Length >= keyword.Length && Ascii.EqualsIgnoreCase(parameter[..keyword.Length], keyword);
        value = isIt ? parameter[keyword.Length..] : [];
        return isIt;
    }
}
