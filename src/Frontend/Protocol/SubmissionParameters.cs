using System.Globalization;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>A request to hold a message (RFC 4865): HOLDFOR or HOLDUNTIL.</summary>
/// <param name="For">The time to hold the message, from MAIL on; null for HOLDUNTIL.</param>
/// <param name="Until">The time of release; null for HOLDFOR.</param>
/// <param name="Text">The request in the form of reports (section 5.1.2): <c>for;60</c>, or <c>until;2026-11-30T08:00:00Z</c>.</param>
internal sealed record HoldParameter(TimeSpan? For, DateTimeOffset? Until, string Text);

/// <summary>How a parameter was understood.</summary>
internal enum ParameterResult
{
    /// <summary>It is not a parameter of this kind.</summary>
    Unknown,

    /// <summary>It was read.</summary>
    Valid,

    /// <summary>Its value is malformed, or it is given twice.</summary>
    Malformed,
}

/// <summary>The parameters of MAIL that only submission listeners offer. Parsing is pure.</summary>
internal readonly record struct SubmissionParameters
{
    // HOLDUNTIL with digits of a second and an offset; longer values are malformed.
    private const int MaxTime = 40;

    /// <summary>The request to hold the message (RFC 4865); null for none.</summary>
    public HoldParameter? Hold { get; init; }

    /// <summary>The priority of the message (RFC 6710); null for none.</summary>
    public int? Priority { get; init; }

    /// <summary>The time for the delivery (RFC 2852), in seconds from MAIL on; null for none.</summary>
    public DeliverByRequest? DeliverBy { get; init; }

    /// <summary>Reads a parameter, if it is of an extension of submission.</summary>
    /// <param name="parameter">The parameter as received.</param>
    /// <param name="parameters">The parameters read so far.</param>
    public static ParameterResult Read(ReadOnlySpan<byte> parameter, ref SubmissionParameters parameters)
    {
        var before = parameters;
        // Each is given once: RFC 4865 section 4.2 (one of the two), RFC 6710 section 4.1, RFC 5321 section 4.1.2.
        if (Keyword.TryCut(parameter, "HOLDFOR="u8, out var value))
            parameters = parameters with { Hold = before.Hold is null ? HoldFor(value) : null };
        else if (Keyword.TryCut(parameter, "HOLDUNTIL="u8, out value))
            parameters = parameters with { Hold = before.Hold is null ? HoldUntil(value) : null };
        else if (Keyword.TryCut(parameter, "MT-PRIORITY="u8, out value))
            parameters = parameters with { Priority = before.Priority is null ? PriorityOf(value) : null };
        else if (Keyword.TryCut(parameter, "BY="u8, out value))
            parameters = parameters with { DeliverBy = before.DeliverBy is null ? DeliverByOf(value) : null };
        else return ParameterResult.Unknown;
        return CountOf(parameters) > CountOf(before) ? ParameterResult.Valid : ParameterResult.Malformed;
    }

    private static int CountOf(in SubmissionParameters parameters) =>
        (parameters.Hold is null ? 0 : 1) + (parameters.Priority is null ? 0 : 1) + (parameters.DeliverBy is null ? 0 : 1);

    // RFC 6710 section 7: without a plus sign, leading zeros and -0.
    private static int? PriorityOf(ReadOnlySpan<byte> value) => value switch
    {
        [(byte)'0'] => 0,
        [>= (byte)'1' and <= (byte)'9'] => value[0] - '0',
        [(byte)'-', >= (byte)'1' and <= (byte)'9'] => '0' - value[1],
        _ => null,
    };

    // RFC 2852 section 4: the time must be positive with R.
    private static DeliverByRequest? DeliverByOf(ReadOnlySpan<byte> value)
    {
        var semicolon = value.IndexOf((byte)';');
        if (semicolon < 1) return null;
        var time = value[..semicolon];
        var mode = value.Length - semicolon > 3 ? "" : Encoding.ASCII.GetString(value[(semicolon + 1)..]).ToUpperInvariant();
        var isNegative = time[0] == '-';
        if (isNegative || time[0] == '+') time = time[1..];
        if (time.Length is 0 or > 9 || time.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return null;
        var seconds = int.Parse(time, CultureInfo.InvariantCulture) * (isNegative ? -1 : 1);
        return mode switch
        {
            "R" or "RT" when seconds > 0 => new(seconds, DeliverByMode.Return, mode.Length > 1),
            "N" or "NT" => new(seconds, DeliverByMode.Notify, mode.Length > 1),
            _ => null,
        };
    }

    // 1 to 999999999 without leading zeros (section 3).
    private static HoldParameter? HoldFor(ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > 9 || value[0] == '0' || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return null;
        var text = Encoding.ASCII.GetString(value);
        return new(TimeSpan.FromSeconds(int.Parse(text, CultureInfo.InvariantCulture)), null, $"for;{text}");
    }

    private static HoldParameter? HoldUntil(ReadOnlySpan<byte> value) =>
        value.Length <= MaxTime && InternetTime.TryParse(value, out var time)
            ? new(null, time, $"until;{Encoding.ASCII.GetString(value).ToUpperInvariant()}") : null;
}
