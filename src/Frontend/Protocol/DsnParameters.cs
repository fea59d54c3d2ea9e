using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>The parameters of RFC 3461: RET and ENVID of MAIL, NOTIFY and ORCPT of RCPT. Values are kept as they came, to be passed on so.</summary>
internal static class DsnParameters
{
    private static readonly SearchValues<byte> Atom =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"u8);

    /// <summary>Takes one parameter of MAIL.</summary>
    /// <returns>Whether it is one of these; whether it is right, <see cref="MailParameters.IsMalformed"/> says.</returns>
    public static bool TakeMail(ReadOnlySpan<byte> parameter, ref MailParameters parameters)
    {
        if (Value(parameter, "RET="u8, out var value))
        {
            var content = Ascii.EqualsIgnoreCase(value, "HDRS"u8) ? ReturnContent.Headers
                : Ascii.EqualsIgnoreCase(value, "FULL"u8) ? ReturnContent.Full : ReturnContent.Unspecified;
            var isBad = content == ReturnContent.Unspecified || parameters.Return != ReturnContent.Unspecified;
            parameters = parameters with { Return = content, IsMalformed = parameters.IsMalformed || isBad };
            return true;
        }

        if (!Value(parameter, "ENVID="u8, out value)) return false;
        var isRight = value.Length <= DsnRequest.MaxEnvelopeId && IsPrintable(value) && parameters.EnvelopeId is null;
        parameters = isRight ? parameters with { EnvelopeId = Encoding.ASCII.GetString(value) } : parameters with { IsMalformed = true };
        return true;
    }

    /// <summary>Reads the parameters of RCPT.</summary>
    /// <param name="text">The parameters.</param>
    /// <param name="request">What they ask.</param>
    /// <param name="isMalformed">Whether one is known, but its value is not right.</param>
    /// <returns>Whether all are known and right.</returns>
    public static bool TryParseRecipient(ReadOnlySpan<byte> text, out DsnRequest request, out bool isMalformed)
    {
        request = DsnRequest.None;
        isMalformed = false;
        foreach (var range in text.Split((byte)' '))
        {
            var parameter = text[range];
            if (parameter.IsEmpty) continue;
            if (Value(parameter, "NOTIFY="u8, out var value))
            {
                var notify = ParseNotify(value);
                isMalformed = notify == NotifyOn.Unspecified || request.Notify != NotifyOn.Unspecified;
                request = request with { Notify = notify };
            }
            else if (Value(parameter, "ORCPT="u8, out value))
            {
                isMalformed = request.OriginalRecipient.Length > 0 || !IsOriginalRecipient(value);
                if (!isMalformed) request = request with { OriginalRecipient = Encoding.ASCII.GetString(value) };
            }
            else
            {
                return false;
            }

            if (isMalformed) return false;
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

    // addr-type ";" xtext (section 4.2). Postfix and MailKit give addresses that are not ASCII as rfc822, with their UTF-8 in xtext: mail must not fail
    // for that. In a report they stand as RFC 6533 has them.
    private static bool IsOriginalRecipient(ReadOnlySpan<byte> value)
    {
        if (value.Length > DsnRequest.MaxOriginalRecipient) return false;
        var semicolon = value.IndexOf((byte)';');
        return semicolon > 0 && !value[..semicolon].ContainsAnyExcept(Atom) && IsText(value[(semicolon + 1)..]);
    }

    // What is decoded stands in a header field one day: graphic characters and spaces of ASCII, and not nothing.
    private static bool IsPrintable(ReadOnlySpan<byte> text)
    {
        Span<byte> octets = stackalloc byte[DsnRequest.MaxOriginalRecipient];
        var length = Xtext.Decode(text, octets);
        return length > 0 && !octets[..length].ContainsAnyExceptInRange((byte)' ', (byte)'~');
    }

    private static bool IsText(ReadOnlySpan<byte> text)
    {
        Span<byte> octets = stackalloc byte[DsnRequest.MaxOriginalRecipient];
        var length = Xtext.Decode(text, octets);
        return length > 0 && Utf8.IsValid(octets[..length]) && !octets[..length].ContainsAnyInRange((byte)0, (byte)0x1f) && !octets[..length].Contains((byte)0x7f);
    }

    private static bool Value(ReadOnlySpan<byte> parameter, ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> value)
    {
        var isIt = parameter.Length >= keyword.Length && Ascii.EqualsIgnoreCase(parameter[..keyword.Length], keyword);
        value = isIt ? parameter[keyword.Length..] : [];
        return isIt;
    }
}
