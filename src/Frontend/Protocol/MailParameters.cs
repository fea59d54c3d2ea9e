using System.Buffers.Text;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// The parameters of MAIL offered by this server: SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), REQUIRETLS (RFC 8689), RET and
/// ENVID (RFC 3461). Parsing is pure.
/// </summary>
/// <param name="Size">The declared size in octets; null for none.</param>
internal readonly record struct MailParameters(long? Size)
{
    /// <summary>Whether addresses and header may be in UTF-8 (RFC 6531).</summary>
    public bool IsSmtpUtf8 { get; init; }

    /// <summary>Whether the message may go on only under TLS (RFC 8689).</summary>
    public bool RequiresTls { get; init; }

    /// <summary>The part of the message to be returned in failure reports.</summary>
    public ReturnContent Return { get; init; }

    /// <summary>The envelope id in xtext; null for none.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>The parameters that only submission listeners offer.</summary>
    public SubmissionParameters Submission { get; init; }

    /// <summary>Whether a known parameter has a malformed value.</summary>
    public bool IsMalformed { get; init; }

    /// <summary>Parses the parameters; false if a parameter is unknown or has a malformed value.</summary>
    /// <param name="text">The parameters behind the path.</param>
    /// <param name="isLenient">Whether <c>AUTH=</c> (RFC 4954 section 5) is ignored; some clients send it although AUTH is not
    /// offered.</param>
    /// <param name="parameters">The parsed parameters.</param>
    /// <param name="refused">The unknown or malformed parameter as received; empty for none.</param>
    /// <param name="isSubmission">Whether the parameters of <see cref="SubmissionParameters"/> are offered.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> text, bool isLenient, out MailParameters parameters, out ReadOnlySpan<byte> refused, bool isSubmission = false)
    {
        parameters = default;
        refused = [];
        var submission = default(SubmissionParameters);
        foreach (var range in text.Split((byte)' '))
        {
            var parameter = text[range];
            if (parameter.IsEmpty) continue;
            if (Keyword.TryCut(parameter, "SIZE="u8, out var digits))
            {
                // At most 20 digits (RFC 1870 section 4). A value beyond a long is too large in any case.
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
            else if (Ascii.EqualsIgnoreCase(parameter, "SMTPUTF8"u8))
            {
                parameters = parameters with { IsSmtpUtf8 = true };
            }
            else if (Ascii.EqualsIgnoreCase(parameter, "REQUIRETLS"u8))
            {
                parameters = parameters with { RequiresTls = true };
            }
            else if (DsnParameters.TryParseMail(parameter, out var content, out var envelopeId))
            {
                // Of a repeated parameter the first valid value counts.
                parameters = parameters with
                {
                    Return = parameters.Return == ReturnContent.Unspecified ? content : parameters.Return,
                    EnvelopeId = parameters.EnvelopeId ?? envelopeId,
                };
            }
            else if (isSubmission && SubmissionParameters.Read(parameter, ref submission) is var result and not ParameterResult.Unknown)
            {
                if (result == ParameterResult.Valid) continue;
                parameters = parameters with { IsMalformed = true };
                refused = parameter;
                return false;
            }
            // BODY needs no effect: the content itself shows whether it is 8-bit.
            else if (!Ascii.EqualsIgnoreCase(parameter, "BODY=7BIT"u8) && !Ascii.EqualsIgnoreCase(parameter, "BODY=8BITMIME"u8)
                && !(isLenient && Keyword.TryCut(parameter, "AUTH="u8, out _)))
            {
                refused = parameter;
                return false;
            }
        }

        parameters = parameters with { Submission = submission };
        return true;
    }
}
