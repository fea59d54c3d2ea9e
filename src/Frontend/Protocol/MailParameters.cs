using System.Buffers.Text;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// The parameters of MAIL that this server has offered: SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), REQUIRETLS (RFC 8689), RET
/// and ENVID (RFC 3461).
/// </summary>
/// <param name="Size">The declared size in octets, if any.</param>
/// <param name="IsEightBit">Whether <c>BODY=8BITMIME</c> is declared.</param>
internal readonly record struct MailParameters(long? Size, bool IsEightBit)
{
    /// <summary>Whether addresses and header may be in UTF-8 (RFC 6531).</summary>
    public bool IsSmtpUtf8 { get; init; }

    /// <summary>Whether the message may go on only under TLS (RFC 8689).</summary>
    public bool RequiresTls { get; init; }

    /// <summary>What failure reports return.</summary>
    public ReturnContent Return { get; init; }

    /// <summary>The envelope id in xtext, if any.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>Whether a parameter is known, but its value is not right.</summary>
    public bool IsMalformed { get; init; }

    /// <summary>Reads the parameters; false when one is unknown or its value is not right.</summary>
    /// <param name="text">What stands behind the path.</param>
    /// <param name="isForgiving">Whether <c>AUTH=</c> (RFC 4954 section 5) is passed over, which some clients send without having been
    /// offered it.</param>
    /// <param name="parameters">What they say.</param>
    /// <param name="refused">The parameter that is unknown or has a wrong value, as it came; empty when there is none.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, bool isForgiving, out MailParameters parameters, out ReadOnlySpan<byte> refused)
    {
        parameters = default;
        refused = [];
        foreach (var range in text.Split((byte)' '))
        {
            var parameter = text[range];
            if (parameter.IsEmpty) continue;
            if (StartsWith(parameter, "SIZE="u8))
            {
                var digits = parameter[5..];
                // RFC 1870 section 4: at most 20 digits; what a long cannot hold is too large for any server.
                if (digits.Length is 0 or > 20 || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
                {
                    parameters = parameters with { IsMalformed = true };
                    refused = parameter;
                    return false;
                }

                parameters = parameters with
                {
                    Size = Utf8Parser.TryParse(digits, out long size, out var read) && read == digits.Length ? size : long.MaxValue,
                };
            }
            else if (Ascii.EqualsIgnoreCase(parameter, "BODY=8BITMIME"u8))
            {
                parameters = parameters with { IsEightBit = true };
            }
            else if (Ascii.EqualsIgnoreCase(parameter, "SMTPUTF8"u8))
            {
                parameters = parameters with { IsSmtpUtf8 = true };
            }
            else if (Ascii.EqualsIgnoreCase(parameter, "REQUIRETLS"u8))
            {
                parameters = parameters with { RequiresTls = true };
            }
            else if (!Ascii.EqualsIgnoreCase(parameter, "BODY=7BIT"u8) && !(isForgiving && StartsWith(parameter, "AUTH="u8))
                && !DsnParameters.TakeMail(parameter, ref parameters))
            {
                refused = parameter;
                return false;
            }
        }

        return true;
    }

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> keyword) =>
        text.Length >= keyword.Length && Ascii.EqualsIgnoreCase(text[..keyword.Length], keyword);
}
